"""Sets counts that the audit finds wrong to what the layer below says: clicks, then hours, then days, then totals.

What cannot be proven is left as it is: hours and days of which clicks may be gone, and totals while days differ.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from tracking.clicks.retention import RETENTION_LOCK
from tracking.reports import audit_checks, audit_outcomes
from tracking.reports.audit import Difference, list_audited
from tracking.reports.audit_checks import CLICK_ROLLUP
from tracking.reports.audit_comparing import IN_RANGE, Compared, Layer
from tracking.reports.audit_outcomes import OF_FACTS, OUTCOME_ROLLUP
from tracking.reports.audit_range import READ_TIMEOUT_S, AuditRange, read_audit_range
from tracking.reports.audited_days import AuditedDays
from tracking.reports.fold import FOLD_LOCK
from tracking.reports.fold_outcomes import OUTCOME_FOLD_LOCK

# In this order. Nobody else changes rollups, and no click goes, while they are held.
_LOCKS: Final = (RETENTION_LOCK, FOLD_LOCK, OUTCOME_FOLD_LOCK)
_EVERY_DAY: Final = AuditedDays()


class RepairReport(msgspec.Struct, frozen=True):
    """`changed` is what was found before it was set right, or would be; `left` is what differs and cannot be proven."""

    accounts: int
    changed: list[Difference]
    left: list[Difference]


class _Step(NamedTuple):
    """A layer that is set right; not while there are rows of `unless`, which are left then."""

    check: str
    rollup: Compared
    layer: Layer
    unless: tuple[str, Layer] | None = None


def _list_steps(audited: AuditRange) -> Iterator[_Step]:
    """From the facts up. Days of which clicks may be gone are nobody's to decide: who knows which of both is right."""
    days = CLICK_ROLLUP.days(f"{IN_RANGE} AND bucket >= $4")
    every_day, every_outcome_day = CLICK_ROLLUP.days("true"), OUTCOME_ROLLUP.days("true")
    yield _Step("hours = clicks", CLICK_ROLLUP, audit_checks.HOURS)
    if audited.is_complete:
        yield _Step("totals of contacts = clicks", CLICK_ROLLUP, audit_checks.CONTACTS)
    yield _Step("days = hours", CLICK_ROLLUP, days)
    yield _Step("totals = days", CLICK_ROLLUP, CLICK_ROLLUP.totals(), ("days = hours", every_day))
    yield _Step("hours of outcomes = conversions", OF_FACTS, audit_outcomes.HOURS)
    yield _Step("totals of outcomes of contacts = conversions", OF_FACTS, audit_outcomes.CONTACTS)
    yield _Step("days of outcomes = hours", OUTCOME_ROLLUP, OUTCOME_ROLLUP.days())
    totals = OUTCOME_ROLLUP.totals()
    yield _Step("totals of outcomes = days", OUTCOME_ROLLUP, totals, ("days of outcomes = hours", every_outcome_day))


async def repair(
    pool: asyncpg.Pool, account_id: int | None = None, days: AuditedDays = _EVERY_DAY, *, is_dry_run: bool = False
) -> RepairReport:
    """Of one account or of all, each in one transaction. Repairing what is right changes nothing.

    An account is first read without any lock. Only where something differs, folds and the expiry of clicks wait while
    it is recounted; clicks that come in meanwhile are stored, and folded afterwards. A dry run does the same and takes
    it back.
    """
    accounts = await list_audited(pool, account_id)
    changed: list[Difference] = []
    left: list[Difference] = []
    for audited_id, zone in accounts.items():
        async with pool.acquire() as connection, _open_snapshot(connection):
            found = await _go_through(connection, audited_id, zone, days)
        if any(found):
            async with (
                pool.acquire() as connection,
                _hold_locks(connection),
                _open_snapshot(connection, keeps_changes=not is_dry_run),
            ):
                found = await _go_through(connection, audited_id, zone, days, is_repairing=True)
        changed += found[0]
        left += found[1]
    return RepairReport(len(accounts), changed, left)


@asynccontextmanager
async def _hold_locks(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Held by the session, so that the snapshot is taken after the last fold and sees all that it did."""
    try:
        await connection.execute("SET lock_timeout = 0")
        for lock in _LOCKS:
            await connection.execute("SELECT pg_advisory_lock($1)", lock, timeout=READ_TIMEOUT_S)
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock_all()")
        await connection.execute("RESET lock_timeout")


@asynccontextmanager
async def _open_snapshot(connection: asyncpg.Connection, *, keeps_changes: bool = False) -> AsyncIterator[None]:
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield
    except BaseException:
        await transaction.rollback()
        raise
    await (transaction.commit() if keeps_changes else transaction.rollback())


async def _go_through(
    connection: asyncpg.Connection,
    account_id: int,
    zone: ZoneInfo,
    days: AuditedDays,
    *,
    is_repairing: bool = False,
) -> tuple[list[Difference], list[Difference]]:
    """What differs and can be proven, and what is left. Without repairing, a layer is told by what is below it now."""
    audited = await read_audit_range(connection, account_id, zone, days)
    changed: list[Difference] = []
    left: list[Difference] = []

    async def read(check: str, statement: str) -> list[Difference]:
        rows = await connection.fetch(statement, *audited.parameters, timeout=READ_TIMEOUT_S)
        return [Difference(account_id, check, *row) for row in rows]

    for step in _list_steps(audited):
        if step.unless:
            check, layer = step.unless
            remaining = await read(check, step.rollup.list_differing(layer))
            if remaining:
                left += remaining
                continue
        write = step.rollup.repair if is_repairing else step.rollup.list_differing
        changed += await read(step.check, write(step.layer))
    return changed, left
