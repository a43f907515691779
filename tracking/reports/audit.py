"""The audit: counts everything again, from clicks and conversions up, and compares (rule 12).

For operators, a cron and tests.
"""

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from tracking.clicks.ids import lower_bound
from tracking.clicks.partitions import find_oldest_click_month
from tracking.clicks.retention import read_kept_from
from tracking.reports.audit_checks import CHECKS as CLICK_CHECKS
from tracking.reports.audit_outcomes import CHECKS as OUTCOME_CHECKS
from tracking.reports.buckets import find_day_start, find_hour_after, find_hour_start
from tracking.reports.scopes import Scope

# The clicks of an account are read as a whole; no lock is held meanwhile.
_TIMEOUT_S: Final = 3_600

_CHECKS: Final = {**CLICK_CHECKS, **OUTCOME_CHECKS}
_ACCOUNTS: Final = "SELECT id, timezone FROM account WHERE $1::bigint IS NULL OR id = $1 ORDER BY id"
_SPAN: Final = """
    SELECT min(at) AS first_at, max(at) AS last_at FROM (
        SELECT min(occurred_at) AS at FROM click WHERE account_id = $1
        UNION ALL SELECT max(occurred_at) FROM click WHERE account_id = $1
        UNION ALL SELECT min(bucket) FROM rollup WHERE account_id = $1 AND scope = $2 AND grain = 1
        UNION ALL SELECT max(bucket) FROM rollup WHERE account_id = $1 AND scope = $2 AND grain = 1
        UNION ALL SELECT min(least(occurred_at, clicked_at)) FROM conversion WHERE account_id = $1
        UNION ALL SELECT max(greatest(occurred_at, clicked_at)) FROM conversion WHERE account_id = $1
        UNION ALL SELECT min(bucket) FROM outcome_rollup WHERE account_id = $1 AND scope = $2 AND grain = 1
        UNION ALL SELECT max(bucket) FROM outcome_rollup WHERE account_id = $1 AND scope = $2 AND grain = 1
    ) AS moments
"""


class Difference(msgspec.Struct, frozen=True):
    """One row of a check that does not add up: where, what it should be, and what it is."""

    account_id: int
    check: str
    place: str
    expected: str
    found: str


class AuditReport(msgspec.Struct, frozen=True):
    accounts: int
    checks: int
    differences: list[Difference]

    @property
    def is_clean(self) -> bool:
        return not self.differences


class _Calendar(msgspec.Struct, frozen=True):
    """The hours of an account's life, ascending, and the day that each is in."""

    hours: list[dt.datetime]
    days: list[dt.datetime]


async def audit(pool: asyncpg.Pool, account_id: int | None = None) -> AuditReport:
    """Of one account or of all. Each is read in one snapshot, so that it may be busy meanwhile."""
    accounts = await pool.fetch(_ACCOUNTS, account_id)
    differences: list[Difference] = []
    for row in accounts:
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            differences += await _audit_account(connection, row["id"], ZoneInfo(row["timezone"]))
    return AuditReport(len(accounts), len(accounts) * len(_CHECKS), differences)


async def _audit_account(connection: asyncpg.Connection, account_id: int, zone: ZoneInfo) -> list[Difference]:
    calendar = await _read_calendar(connection, account_id, zone)
    facts_from = await _find_facts_from(connection, account_id)
    given = (account_id, calendar.hours, calendar.days, facts_from, lower_bound(facts_from))
    differences: list[Difference] = []
    for name, statement in _CHECKS.items():
        rows = await connection.fetch(statement, *given, timeout=_TIMEOUT_S)
        differences += [Difference(account_id, name, *row) for row in rows]
    return differences


async def _find_facts_from(connection: asyncpg.Connection, account_id: int) -> dt.datetime:
    """Since when every click of the account is stored."""
    month = await find_oldest_click_month(connection)
    oldest = dt.datetime.combine(month or dt.date.max, dt.time(), dt.UTC)
    kept_from = await read_kept_from(connection, account_id)
    return max(oldest, kept_from) if kept_from else oldest


async def _read_calendar(connection: asyncpg.Connection, account_id: int, zone: ZoneInfo) -> _Calendar:
    span = await connection.fetchrow(_SPAN, account_id, Scope.ACCOUNT, timeout=_TIMEOUT_S)
    hours: list[dt.datetime] = []
    if span["first_at"] is not None:
        hour_at = find_hour_start(span["first_at"], zone)
        while hour_at <= span["last_at"]:
            hours.append(hour_at)
            hour_at = find_hour_after(hour_at, zone)
    return _Calendar(hours, [find_day_start(hour_at.astimezone(zone).date(), zone) for hour_at in hours])
