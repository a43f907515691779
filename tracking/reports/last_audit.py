"""What the last nightly audit found, kept where every worker reads it, so that their metrics say the same."""

import datetime as dt
from typing import Final

import msgspec
import redis.asyncio

from tracking.reports.audit import AuditReport

_KEY: Final = "creatrail:last_audit"


class LastAudit(msgspec.Struct, frozen=True):
    at: dt.datetime  # when it began
    accounts: int
    checks: int
    differences: int


async def note_audit(client: redis.asyncio.Redis, report: AuditReport, at: dt.datetime) -> None:
    noted = LastAudit(at, report.accounts, report.checks, len(report.differences))
    await client.set(_KEY, msgspec.json.encode(noted))


async def read_last_audit(client: redis.asyncio.Redis) -> LastAudit | None:
    """None before the first night, and after Redis lost it."""
    noted = await client.get(_KEY)
    return msgspec.json.decode(noted, type=LastAudit) if noted else None
