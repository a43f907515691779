"""Which clicks are meant: for lists, streams and corrections. In SQL over `click`, and for a click that is at hand."""

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg
import msgspec

from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.ids import lower_bound
from tracking.clicks.prepare import FOR_EVER, LINK_DAY, MESSAGE_CONTACT
from tracking.paging import Conditions

if TYPE_CHECKING:
    from tracking.clicks.queries import StoredClick

# The unique key of prepare.py, in SQL.
IS_BOUND: Final = "contact_id IS NOT NULL AND message_id IS NOT NULL"
HOLDER_KEY: Final = f"""
    held.visitor_key = click.visitor_key
    AND held.day = CASE WHEN {IS_BOUND} THEN DATE '{FOR_EVER}' ELSE click.visitor_day END
    AND held.subject = CASE WHEN {IS_BOUND} THEN {MESSAGE_CONTACT} ELSE {LINK_DAY} END
    AND held.subject_id = CASE WHEN {IS_BOUND} THEN click.message_id ELSE click.link_id END
"""
# Asked of one click after the other until the page is full: as a join it would be asked of all clicks at once.
_IS_HOLDER: Final = f"coalesce(click.id = (SELECT held.click_id FROM unique_click AS held WHERE {HOLDER_KEY}), false)"
_AGENT: Final = "EXISTS (SELECT FROM user_agent AS agent WHERE agent.id = click.user_agent_id AND {})"
_LIKE: Final = "SELECT DISTINCT network, user_agent_id FROM click WHERE account_id = $1 AND id = ANY ($2)"


class Counting(Enum):
    """What a click was counted as: a unique, a repeat of one, or the column that it stands in uncounted."""

    UNIQUE = "UNIQUE"
    REPEAT = "REPEAT"
    SUSPECT = "SUSPECT"
    BOT = "BOT"
    PREVIEW = "PREVIEW"
    PREFETCH = "PREFETCH"
    TEST = "TEST"


SPECIAL_CLASSES: Final = {
    TrafficClass.TEST: Counting.TEST,
    TrafficClass.PREFETCH: Counting.PREFETCH,
    TrafficClass.PREVIEW: Counting.PREVIEW,
}
# Uncounted clicks are told apart by one number: the class where it has a column of its own, else the verdict.
_OWN_COLUMN: Final = 100
_UNCOUNTED: Final = f"""
    CASE WHEN traffic_class IN ({", ".join(str(each.value) for each in SPECIAL_CLASSES)})
    THEN {_OWN_COLUMN} + traffic_class ELSE verdict END
"""
_UNCOUNTED_CODES: Final = {
    Counting.SUSPECT: int(Verdict.SUSPECT),
    Counting.BOT: int(Verdict.BOT),
    **{counting: _OWN_COLUMN + traffic_class for traffic_class, counting in SPECIAL_CLASSES.items()},
}


class ClickFilter(msgspec.Struct, frozen=True, omit_defaults=True):
    """None: any; several values: any of them. What ends with `_to` is exclusive.

    `same_network_as` and `same_user_agent_as` name clicks: `settle_filter` finds what they have, once, so that the
    clicks that are meant stay the same. Networks are as they are stored and never leave the service (rule 10).
    """

    link_ids: list[int] | None = None
    campaign_ids: list[int] | None = None
    creator_ids: list[int] | None = None
    message_ids: list[int] | None = None
    contact_ids: list[int] | None = None
    offer_ids: list[int] | None = None
    verdicts: list[Verdict] | None = None
    traffic_classes: list[TrafficClass] | None = None
    reasons: list[int] | None = None  # bits of Reason
    counting: list[Counting] | None = None
    visitor_methods: list[VisitorMethod] | None = None
    in_app_browsers: list[str] | None = None
    user_agent_contains: str | None = None  # in any case
    is_counted: bool | None = None
    has_manual_verdict: bool | None = None
    occurred_from: dt.datetime | None = None
    occurred_to: dt.datetime | None = None
    recorded_from: dt.datetime | None = None
    recorded_to: dt.datetime | None = None
    changed_from: dt.datetime | None = None  # this and the next: only those that ever did
    changed_to: dt.datetime | None = None
    same_network_as: list[UUID] | None = None
    same_user_agent_as: list[UUID] | None = None
    networks: list[bytes] | None = None
    user_agent_ids: list[int] | None = None

    def narrow(self, low: dt.datetime, high: dt.datetime) -> "ClickFilter":
        """Of those that were stored between these, the second exclusive."""
        return msgspec.structs.replace(self, recorded_from=low, recorded_to=high)


async def settle_filter(pool: asyncpg.Pool, account_id: int, wanted: ClickFilter) -> ClickFilter:
    """With networks and user agents in place of the clicks that have them. Unknown clicks have none."""
    if wanted.same_network_as is not None:
        rows = await pool.fetch(_LIKE, account_id, wanted.same_network_as)
        networks = sorted({bytes(row["network"]) for row in rows if row["network"] is not None})
        wanted = msgspec.structs.replace(wanted, same_network_as=None, networks=networks)
    if wanted.same_user_agent_as is not None:
        rows = await pool.fetch(_LIKE, account_id, wanted.same_user_agent_as)
        agents = sorted({row["user_agent_id"] for row in rows if row["user_agent_id"] is not None})
        wanted = msgspec.structs.replace(wanted, same_user_agent_as=None, user_agent_ids=agents)
    return wanted


def add_conditions(conditions: Conditions, wanted: ClickFilter) -> None:
    """Of a settled filter, for a statement `FROM click`. Times become ranges of ids, so that partitions are left out.

    The account is the caller's to require.
    """
    for column, values in (
        ("link_id", wanted.link_ids),
        ("campaign_id", wanted.campaign_ids),
        ("creator_id", wanted.creator_ids),
        ("message_id", wanted.message_ids),
        ("contact_id", wanted.contact_ids),
        ("offer_id", wanted.offer_ids),
        ("verdict", wanted.verdicts),
        ("traffic_class", wanted.traffic_classes),
        ("visitor_method", wanted.visitor_methods),
        ("network", wanted.networks),
        ("user_agent_id", wanted.user_agent_ids),
    ):
        conditions.add_if_given(f"{column} = ANY ({{}})", values)
    conditions.add_if_given("reasons & {} <> 0", _join_reasons(wanted))
    conditions.add_if_given(_AGENT.format("agent.in_app_browser = ANY ({})"), wanted.in_app_browsers)
    conditions.add_if_given(_AGENT.format("strpos(lower(agent.user_agent), lower({})) > 0"), wanted.user_agent_contains)
    conditions.add_if_given("is_counted = {}", wanted.is_counted)
    if wanted.counting is not None:
        conditions.require(_write_counting(conditions, wanted.counting))
    if wanted.has_manual_verdict is not None:
        conditions.require(f"manual_verdict IS {'NOT NULL' if wanted.has_manual_verdict else 'NULL'}")
    conditions.add_if_given("id >= {}", wanted.occurred_from and lower_bound(wanted.occurred_from))
    conditions.add_if_given("id < {}", wanted.occurred_to and lower_bound(wanted.occurred_to))
    conditions.add_if_given("recorded_at >= {}", wanted.recorded_from)
    conditions.add_if_given("recorded_at < {}", wanted.recorded_to)
    conditions.add_if_given("changed_at >= {}", wanted.changed_from)
    conditions.add_if_given("changed_at < {}", wanted.changed_to)


def is_wanted(click: "StoredClick", wanted: ClickFilter) -> bool:
    """The settled filter, for a click at hand."""
    reasons = _join_reasons(wanted)
    contained = wanted.user_agent_contains
    return (
        all(
            values is None or value in values
            for value, values in (
                (click.link_id, wanted.link_ids),
                (click.campaign_id, wanted.campaign_ids),
                (click.creator_id, wanted.creator_ids),
                (click.message_id, wanted.message_ids),
                (click.contact_id, wanted.contact_ids),
                (click.offer_id, wanted.offer_ids),
                (click.verdict, wanted.verdicts),
                (click.traffic_class, wanted.traffic_classes),
                (click.counting, wanted.counting),
                (click.visitor_method, wanted.visitor_methods),
                (click.in_app_browser, wanted.in_app_browsers),
                (click.network, wanted.networks),
                (click.user_agent_id, wanted.user_agent_ids),
            )
        )
        and (reasons is None or bool(click.reason_bits & reasons))
        and (contained is None or contained.lower() in (click.user_agent or "").lower())
        and (wanted.is_counted is None or click.is_counted == wanted.is_counted)
        and (wanted.has_manual_verdict is None or (click.manual_verdict is not None) == wanted.has_manual_verdict)
        and all(
            (start is None or (at is not None and at >= start)) and (end is None or (at is not None and at < end))
            for at, start, end in (
                (click.occurred_at, wanted.occurred_from, wanted.occurred_to),
                (click.recorded_at, wanted.recorded_from, wanted.recorded_to),
                (click.changed_at, wanted.changed_from, wanted.changed_to),
            )
        )
    )


def _join_reasons(wanted: ClickFilter) -> int | None:
    return None if wanted.reasons is None else int(sum((Reason(each) for each in wanted.reasons), start=Reason(0)))


def _write_counting(conditions: Conditions, wanted: list[Counting]) -> str:
    clauses: list[str] = []
    if Counting.UNIQUE in wanted and Counting.REPEAT in wanted:
        clauses.append("is_counted")
    elif Counting.UNIQUE in wanted:
        clauses.append(f"is_counted AND {_IS_HOLDER}")
    elif Counting.REPEAT in wanted:
        clauses.append(f"is_counted AND NOT {_IS_HOLDER}")
    codes = [_UNCOUNTED_CODES[each] for each in wanted if each in _UNCOUNTED_CODES]
    if codes:
        clauses.append(f"NOT is_counted AND {_UNCOUNTED} = ANY ({conditions.bind(codes)})")
    return f"({' OR '.join(f'({each})' for each in clauses) or 'false'})"
