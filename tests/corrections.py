"""Corrections for tests: asked for, run to their end, and what they say of themselves beside what the tables say."""

import datetime as dt
import json
from typing import Any

import asyncpg

from tests.clicking import read_tables
from tracking.bots.corrections.models import Correction, CorrectionChange
from tracking.bots.corrections.running import run_corrections
from tracking.bots.corrections.service import (
    WantedReclassification,
    WantedRescore,
    request_reclassification,
    request_rescore,
    undo_reclassification,
)
from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import ClickFilter
from tracking.clock import utc_now
from tracking.reports.fold import fold_all
from tracking.reports.scopes import COUNTERS, Grain, Scope

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)

Counts = dict[tuple[int, int], dict[str, int]]  # by campaign and creator


async def reclassify(
    pool: asyncpg.Pool, account_id: int, verdict: Verdict, *, is_dry_run: bool = False, **wanted: Any
) -> Correction:
    """`wanted` are the fields of a click filter."""
    given = WantedReclassification(ClickFilter(**wanted), verdict, is_dry_run=is_dry_run)
    row = await request_reclassification(pool, account_id, given)
    return await run(pool, row)


async def rescore(pool: asyncpg.Pool, account_id: int, *, is_dry_run: bool = False, **given: Any) -> Correction:
    """All that is stored, when nothing else is given."""
    wanted = {"start": LONG_AGO, "end": utc_now() + dt.timedelta(days=1), **given}
    return await run(pool, await request_rescore(pool, account_id, WantedRescore(**wanted, is_dry_run=is_dry_run)))


async def undo(pool: asyncpg.Pool, correction: Correction) -> Correction:
    return await run(pool, await undo_reclassification(correction.account_id, correction.id))


async def run(pool: asyncpg.Pool, correction: Correction) -> Correction:
    await run_corrections(pool, correction.account_id)
    return await Correction.get(id=correction.id)


async def read_changes(correction: Correction) -> dict[tuple[int, int], dict[str, list[int]]]:
    """By campaign and creator, what each counter was and what is added to it."""
    rows = await CorrectionChange.filter(correction_id=correction.id)
    return {(row.campaign_id or 0, row.creator_id or 0): json.loads(row.amounts) for row in rows}


async def read_counts(pool: asyncpg.Pool, account_id: int) -> Counts:
    """What reports say of each creator in each campaign."""
    await fold_all(pool)
    rows = await pool.fetch(
        f"SELECT first_key, second_key, {', '.join(COUNTERS)} FROM rollup"
        " WHERE account_id = $1 AND scope = $2 AND grain = $3",
        account_id,
        Scope.CAMPAIGN_CREATOR,
        Grain.TOTAL,
    )
    return {(row["first_key"], row["second_key"]): {name: row[name] for name in COUNTERS} for row in rows}


def find_difference(before: Counts, after: Counts) -> dict[tuple[int, int], dict[str, list[int]]]:
    """As a correction says it: of those for whom anything changed."""
    return {
        key: {name: [before[key][name], after[key][name] - before[key][name]] for name in COUNTERS}
        for key in before
        if before[key] != after[key]
    }


async def read_everything(pool: asyncpg.Pool) -> dict[str, list[tuple[Any, ...]]]:
    """All that a correction may change, beside its own rows and the log."""
    rows = await pool.fetch("SELECT id, evidence, manual_verdict, policy_at FROM click ORDER BY id")
    return {**await read_tables(pool), "learned": [tuple(row) for row in rows]}
