"""The audit: counts everything again, from clicks and conversions up, and compares (rule 12).

For operators, a cron and tests.
"""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from tracking.dimensions import audit as trait_audit
from tracking.reports import audit_checks, audit_outcomes
from tracking.reports.audit_range import READ_TIMEOUT_S, read_audit_range
from tracking.reports.audited_days import AuditedDays

_CHECKS: Final = {**audit_checks.CHECKS, **audit_outcomes.CHECKS, **trait_audit.CHECKS}
_ACCOUNTS: Final = "SELECT id, timezone FROM account WHERE $1::bigint IS NULL OR id = $1 ORDER BY id"
_EVERY_DAY: Final = AuditedDays()


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


async def audit(pool: asyncpg.Pool, account_id: int | None = None, days: AuditedDays = _EVERY_DAY) -> AuditReport:
    """Of one account or of all. Each is read in one snapshot, so that it may be busy meanwhile."""
    accounts = await list_audited(pool, account_id)
    checks = 0
    differences: list[Difference] = []
    for audited_id, zone in accounts.items():
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            audited = await read_audit_range(connection, audited_id, zone, days)
            of_contacts = audit_checks.WHILE_COMPLETE if audited.is_complete else audit_checks.WHEN_SOME_ARE_GONE
            for name, statement in {**_CHECKS, **of_contacts}.items():
                rows = await connection.fetch(statement, *audited.parameters, timeout=READ_TIMEOUT_S)
                differences += [Difference(audited_id, name, *row) for row in rows]
                checks += 1
    return AuditReport(len(accounts), checks, differences)


async def list_audited(pool: asyncpg.Pool, account_id: int | None) -> Mapping[int, ZoneInfo]:
    """The time zones of all accounts, or of that one."""
    rows = await pool.fetch(_ACCOUNTS, account_id)
    return {row["id"]: ZoneInfo(row["timezone"]) for row in rows}
