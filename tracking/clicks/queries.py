"""Reads of single clicks, each with the click that holds its unique. For the api; reports read none (rule 12)."""

import datetime as dt
from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.ids import lower_bound
from tracking.clicks.prepare import FOR_EVER, LINK_DAY, MESSAGE_CONTACT
from tracking.paging import Conditions, Window

_PAGE_COLUMNS: Final = """
    id, link_id, campaign_id, creator_id, message_id, contact_id, occurred_at, recorded_at, verdict, traffic_class,
    reasons, score, ruleset, is_counted, visitor_key, visitor_method, visitor_day, user_agent_id, placement,
    referrer_host
"""
# The unique key of prepare.py, in SQL: whoever counts for a click is looked up for the rows of the page only.
_DESCRIBE: Final = f"""
    SELECT page.*, agent.browser, agent.os, agent.device, agent.in_app_browser, CASE WHEN is_counted THEN (
        SELECT click_id FROM unique_click AS held
        WHERE held.visitor_key = page.visitor_key
            AND held.day = CASE WHEN is_bound THEN DATE '{FOR_EVER}' ELSE page.visitor_day END
            AND held.subject = CASE WHEN is_bound THEN {MESSAGE_CONTACT} ELSE {LINK_DAY} END
            AND held.subject_id = CASE WHEN is_bound THEN page.message_id ELSE page.link_id END
    ) END AS unique_holder_id
    FROM (SELECT *, contact_id IS NOT NULL AND message_id IS NOT NULL AS is_bound FROM page) AS page
    LEFT JOIN user_agent AS agent ON agent.id = page.user_agent_id
"""
_FIND: Final = f"""
    WITH page AS (SELECT {_PAGE_COLUMNS} FROM click WHERE account_id = $1 AND id = ANY ($2)) {_DESCRIBE}
"""
_SPECIAL: Final = {
    TrafficClass.TEST: "TEST",
    TrafficClass.PREFETCH: "PREFETCH",
    TrafficClass.PREVIEW: "PREVIEW",
}


class Counting(Enum):
    """What a click was counted as: a unique, a repeat of one, or the column that it stands in uncounted."""

    UNIQUE = "UNIQUE"
    REPEAT = "REPEAT"
    SUSPECT = "SUSPECT"
    BOT = "BOT"
    PREVIEW = "PREVIEW"
    PREFETCH = "PREFETCH"
    TEST = "TEST"


class ClickFilter(NamedTuple):
    """None: any. `occurred_to` is exclusive."""

    link_ids: Sequence[int] | None = None
    campaign_ids: Sequence[int] | None = None
    creator_ids: Sequence[int] | None = None
    verdicts: Sequence[Verdict] | None = None
    is_counted: bool | None = None
    occurred_from: dt.datetime | None = None
    occurred_to: dt.datetime | None = None


class ClickPage(NamedTuple):
    wanted: ClickFilter
    window: Window
    is_newest_first: bool = True

    @property
    def direction(self) -> str:
        return "DESC" if self.is_newest_first != self.window.is_backward else "ASC"


class StoredClick(NamedTuple):
    id: UUID
    link_id: int
    campaign_id: int | None
    creator_id: int | None
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    verdict: Verdict
    traffic_class: TrafficClass
    reasons: list[Reason]
    score: int
    ruleset: int
    is_counted: bool
    is_bound: bool
    visitor_method: VisitorMethod
    visitor_day: dt.date
    placement: str | None
    referrer_host: str | None
    browser: str | None
    os: str | None
    device: str | None
    in_app_browser: str | None
    unique_holder_id: UUID | None

    @property
    def counting(self) -> Counting:
        if self.is_counted:
            return Counting.UNIQUE if self.unique_holder_id == self.id else Counting.REPEAT
        return Counting(_SPECIAL.get(self.traffic_class, self.verdict.name))


async def find_clicks(pool: asyncpg.Pool, account_id: int, click_ids: Sequence[UUID]) -> dict[UUID, StoredClick]:
    """Those of this account that are stored, by id."""
    rows = await pool.fetch(_FIND, account_id, list(click_ids))
    return {row["id"]: _read(row) for row in rows}


async def list_clicks(pool: asyncpg.Pool, account_id: int, page: ClickPage) -> list[StoredClick]:
    """By the time at which they happened, which their ids hold: only partitions that can have such clicks are read."""
    conditions = Conditions(account_id)
    rows = await pool.fetch(
        f"WITH page AS ({_write_page(conditions, page)}) {_DESCRIBE} ORDER BY id {page.direction}",
        *conditions.parameters,
    )
    return [_read(row) for row in rows]


async def list_clicks_of_links(
    pool: asyncpg.Pool, account_id: int, page: ClickPage, link_ids: Sequence[int]
) -> list[list[StoredClick]]:
    """The same page of each link, in one statement."""
    conditions = Conditions(account_id, list(link_ids))
    conditions.require("link_id = link.id")
    rows = await pool.fetch(
        f"""
        WITH page AS (
            SELECT link.place, of_link.* FROM unnest($2::bigint[]) WITH ORDINALITY AS link (id, place)
            CROSS JOIN LATERAL ({_write_page(conditions, page)}) AS of_link
        ) {_DESCRIBE} ORDER BY place, id {page.direction}
        """,
        *conditions.parameters,
    )
    found: list[list[StoredClick]] = [[] for _ in link_ids]
    for row in rows:
        found[row["place"] - 1].append(_read(row))
    return found


def _write_page(conditions: Conditions, page: ClickPage) -> str:
    wanted = page.wanted
    conditions.require("account_id = $1")
    conditions.add_if_given("link_id = ANY ({})", wanted.link_ids)
    conditions.add_if_given("campaign_id = ANY ({})", wanted.campaign_ids)
    conditions.add_if_given("creator_id = ANY ({})", wanted.creator_ids)
    conditions.add_if_given("verdict = ANY ({})", wanted.verdicts)
    conditions.add_if_given("is_counted = {}", wanted.is_counted)
    conditions.add_if_given("id >= {}", wanted.occurred_from and lower_bound(wanted.occurred_from))
    conditions.add_if_given("id < {}", wanted.occurred_to and lower_bound(wanted.occurred_to))
    keys = conditions.page(["click.id"], page.window, is_descending=page.is_newest_first)
    return f"SELECT {_PAGE_COLUMNS} FROM click {keys}"


def is_wanted(click: StoredClick, wanted: ClickFilter) -> bool:
    """The filter of `list_clicks`, for a click at hand."""
    return (
        (wanted.link_ids is None or click.link_id in wanted.link_ids)
        and (wanted.campaign_ids is None or click.campaign_id in wanted.campaign_ids)
        and (wanted.creator_ids is None or click.creator_id in wanted.creator_ids)
        and (wanted.verdicts is None or click.verdict in wanted.verdicts)
        and (wanted.is_counted is None or click.is_counted == wanted.is_counted)
        and (wanted.occurred_from is None or click.occurred_at >= wanted.occurred_from)
        and (wanted.occurred_to is None or click.occurred_at < wanted.occurred_to)
    )


def _read(row: asyncpg.Record) -> StoredClick:
    """Reasons of a newer ruleset than ours are left out."""
    values = {name: row[name] for name in StoredClick._fields}
    values["verdict"] = Verdict(row["verdict"])
    values["traffic_class"] = TrafficClass(row["traffic_class"])
    values["visitor_method"] = VisitorMethod(row["visitor_method"])
    values["reasons"] = [reason for reason in Reason if row["reasons"] & reason]
    return StoredClick(**values)
