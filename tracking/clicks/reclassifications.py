"""How the verdict on a click went: what relabelling noted of it. For the api."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.bots.verdicts import Reason, TrafficClass, Verdict, list_reasons
from tracking.clicks.relabel import Cause

MAX_OF_A_CLICK: Final = 100

_LIST: Final = f"""
    SELECT log.* FROM unnest($2::uuid[]) AS wanted (click_id) CROSS JOIN LATERAL (
        SELECT * FROM reclassification_log AS newest
        WHERE newest.click_id = wanted.click_id AND newest.account_id = $1
        ORDER BY newest.id DESC LIMIT {MAX_OF_A_CLICK}
    ) AS log ORDER BY log.id
"""


class Judged(NamedTuple):
    verdict: Verdict
    traffic_class: TrafficClass
    reasons: list[Reason]
    score: int
    ruleset: int
    is_counted: bool


class Reclassification(NamedTuple):
    at: dt.datetime
    cause: Cause
    correction_id: int | None
    before: Judged
    after: Judged


async def list_reclassifications(
    pool: asyncpg.Pool, account_id: int, click_ids: Sequence[UUID]
) -> dict[UUID, list[Reclassification]]:
    """Of each click the newest ones, the oldest of them first. Who was never judged anew is left out."""
    found: dict[UUID, list[Reclassification]] = {}
    for row in await pool.fetch(_LIST, account_id, list(click_ids)):
        changed = Reclassification(
            row["at"], Cause(row["cause"]), row["correction_id"], _read(row, "before"), _read(row, "after")
        )
        found.setdefault(row["click_id"], []).append(changed)
    return found


def _read(row: asyncpg.Record, when: str) -> Judged:
    return Judged(
        Verdict(row[f"verdict_{when}"]),
        TrafficClass(row[f"traffic_class_{when}"]),
        list(list_reasons(row[f"reasons_{when}"])),
        row[f"score_{when}"],
        row[f"ruleset_{when}"],
        row[f"is_counted_{when}"],
    )
