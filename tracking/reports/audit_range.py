"""What an audit of an account looks at: the parameters of all its statements (see `tracking.reports.audit_checks`)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.ids import lower_bound
from tracking.clicks.partitions import find_oldest_click_month
from tracking.clicks.retention import read_kept_from
from tracking.reports.audited_days import NEVER, AuditedDays
from tracking.reports.buckets import find_day_start, find_hour_after, find_hour_start
from tracking.reports.scopes import Scope

# The clicks of an account are read as a whole.
READ_TIMEOUT_S: Final = 3_600

_LAST_ID: Final = UUID(int=2**128 - 1)
_SPAN: Final = """
    SELECT min(at) AS first_at, max(at) AS last_at,
        least(
            (SELECT min(bucket) FROM rollup WHERE account_id = $1 AND scope = $2 AND grain = 1),
            (SELECT min(hour_at) FROM rollup_delta WHERE account_id = $1)
        ) AS counted_from
    FROM (
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


class AuditRange(NamedTuple):
    """`parameters` are those of every statement. `is_complete`: no click that was ever counted is gone."""

    parameters: Sequence[object]
    is_complete: bool


async def read_audit_range(
    connection: asyncpg.Connection, account_id: int, zone: ZoneInfo, days: AuditedDays
) -> AuditRange:
    start, until = days.find_bounds(zone)
    span = await connection.fetchrow(_SPAN, account_id, Scope.ACCOUNT, timeout=READ_TIMEOUT_S)
    hours = _list_hours(span, start, until, zone)
    facts_from = await _find_facts_from(connection, account_id)
    proven_from = max(facts_from, start)
    parameters = (
        account_id,
        hours,
        [find_day_start(hour_at.astimezone(zone).date(), zone) for hour_at in hours],
        proven_from,
        lower_bound(proven_from),
        start,
        until,
        lower_bound(start),
        _LAST_ID if until == NEVER else lower_bound(until),
    )
    return AuditRange(parameters, is_complete=span["counted_from"] is None or span["counted_from"] >= facts_from)


def _list_hours(span: asyncpg.Record, start: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> list[dt.datetime]:
    """The hours of the account's life that are in the range, ascending."""
    hours: list[dt.datetime] = []
    if span["first_at"] is not None:
        hour_at = find_hour_start(max(span["first_at"], start), zone)
        while hour_at <= span["last_at"] and hour_at < until:
            hours.append(hour_at)
            hour_at = find_hour_after(hour_at, zone)
    return hours


async def _find_facts_from(connection: asyncpg.Connection, account_id: int) -> dt.datetime:
    """Since when every click of the account is stored."""
    month = await find_oldest_click_month(connection)
    oldest = dt.datetime.combine(month or dt.date.max, dt.time(), dt.UTC)
    kept_from = await read_kept_from(connection, account_id)
    return max(oldest, kept_from) if kept_from else oldest
