"""Reads of single clicks, each with the click that holds its unique. For the api; reports read none (rule 12)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.bots.verdicts import Reason, TrafficClass, Verdict, list_reasons
from tracking.clicks.event import Fact, VisitorMethod
from tracking.clicks.filters import HOLDER_KEY, IS_BOUND, SPECIAL_CLASSES, Counting
from tracking.clicks.labels import write_standing

PAGE_COLUMNS: Final = f"""
    id, account_id, link_id, campaign_id, creator_id, message_id, contact_id, offer_id, sharer_id, occurred_at,
    recorded_at, changed_at, verdict, traffic_class, reasons, score, ruleset, is_counted, visitor_key, visitor_method,
    visitor_day, user_agent_id, network, placement, referrer_host, hosting_provider_id, country, manual_verdict,
    policy_at, facts & {int(Fact.INTERSTITIAL_SHOWN)} <> 0 AS was_shown_interstitial
"""
_NOTE: Final = write_standing(
    "(SELECT note FROM correction WHERE correction.id = label.correction_id)", "label.verdict = click.manual_verdict"
)
# Whoever counts for a click, and what somebody said of it, is looked up for the rows of the page only.
DESCRIBE: Final = f"""
    SELECT click.*, {IS_BOUND} AS is_bound, agent.user_agent, agent.browser, agent.os, agent.device,
        agent.in_app_browser, provider.name AS hosting_provider,
        CASE WHEN is_counted THEN (SELECT click_id FROM unique_click AS held WHERE {HOLDER_KEY}) END
            AS unique_holder_id,
        CASE WHEN manual_verdict IS NOT NULL THEN {_NOTE} END AS manual_note
    FROM page AS click
    LEFT JOIN user_agent AS agent ON agent.id = click.user_agent_id
    LEFT JOIN hosting_provider AS provider ON provider.id = click.hosting_provider_id
"""
_FIND: Final = f"""
    WITH page AS (SELECT {PAGE_COLUMNS} FROM click WHERE account_id = $1 AND id = ANY ($2)) {DESCRIBE}
"""


class StoredClick(NamedTuple):
    """Network and user agent are for comparing only: no door shows them (rule 10)."""

    id: UUID
    link_id: int
    campaign_id: int | None
    creator_id: int | None
    message_id: int | None
    contact_id: int | None
    offer_id: int | None
    sharer_id: int | None
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    changed_at: dt.datetime | None
    verdict: Verdict
    traffic_class: TrafficClass
    reason_bits: int
    score: int
    ruleset: int
    is_counted: bool
    is_bound: bool
    visitor_method: VisitorMethod
    visitor_day: dt.date
    placement: str | None
    referrer_host: str | None
    network: bytes | None
    user_agent_id: int | None
    user_agent: str | None
    browser: str | None
    os: str | None
    device: str | None
    in_app_browser: str | None
    hosting_provider: str | None
    country: str | None
    manual_verdict: Verdict | None
    manual_note: str | None
    policy_at: dt.datetime | None
    unique_holder_id: UUID | None
    was_shown_interstitial: bool

    @property
    def counting(self) -> Counting:
        if self.is_counted:
            return Counting.UNIQUE if self.unique_holder_id == self.id else Counting.REPEAT
        return SPECIAL_CLASSES.get(self.traffic_class) or Counting(self.verdict.name)

    @property
    def reasons(self) -> list[Reason]:
        return list(list_reasons(self.reason_bits))


async def find_clicks(pool: asyncpg.Pool, account_id: int, click_ids: Sequence[UUID]) -> dict[UUID, StoredClick]:
    """Those of this account that are stored, by id."""
    rows = await pool.fetch(_FIND, account_id, list(click_ids))
    return {row["id"]: read_click(row) for row in rows}


def read_click(row: asyncpg.Record) -> StoredClick:
    values = {**row, "reason_bits": row["reasons"]}
    values["verdict"] = Verdict(row["verdict"])
    values["traffic_class"] = TrafficClass(row["traffic_class"])
    values["visitor_method"] = VisitorMethod(row["visitor_method"])
    values["manual_verdict"] = None if row["manual_verdict"] is None else Verdict(row["manual_verdict"])
    return StoredClick(**{name: values[name] for name in StoredClick._fields})
