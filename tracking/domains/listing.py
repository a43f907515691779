"""Reads of tracking domains for the api, the worker's checks and the TLS front."""

import datetime as dt
import json
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.domains.rules import FAILING_AFTER, DomainStatus, find_status
from tracking.paging import Conditions, Window

_DOMAINS: Final = """
    SELECT id, host, verified_at, has_tls, is_default, verification_token, checked_at, failed_checks, points_here,
        found_records, archived_at, created_at
    FROM tracking_domain
"""
SORT_KEYS: Final = {"CREATED_AT": "id", "HOST": "host"}  # ids ascend in time
_STATUS: Final = f"""
    CASE WHEN verified_at IS NULL THEN '{DomainStatus.UNVERIFIED}'
        WHEN failed_checks >= {FAILING_AFTER} THEN '{DomainStatus.FAILING}' ELSE '{DomainStatus.VERIFIED}' END
"""
_IS_SERVED: Final = "SELECT EXISTS (SELECT FROM tracking_domain WHERE host = $1 AND verified_at IS NOT NULL)"


class DomainRow(NamedTuple):
    """`found_records` is what the last look saw, by record type."""

    id: int
    host: str
    verified_at: dt.datetime | None
    has_tls: bool
    is_default: bool
    verification_token: str | None
    checked_at: dt.datetime | None
    failed_checks: int
    points_here: bool | None
    found_records: dict[str, list[str]]
    archived_at: dt.datetime | None
    created_at: dt.datetime

    @property
    def status(self) -> DomainStatus:
        return find_status(self.verified_at, self.failed_checks)


class DomainFilter(NamedTuple):
    """What is None filters nothing."""

    statuses: Collection[DomainStatus] | None = None
    is_archived: bool | None = False


async def list_domains(
    pool: asyncpg.Pool,
    account_id: int,
    wanted: DomainFilter,
    window: Window,
    *,
    sort_by: str = "CREATED_AT",
    is_descending: bool = False,
) -> list[DomainRow]:
    """A page in the order of a key of SORT_KEYS, then of ids."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    if wanted.statuses is not None:
        conditions.add(f"{_STATUS} = ANY ({{}}::text[])", [status.value for status in wanted.statuses])
    conditions.add_archived(wanted.is_archived)
    page = conditions.page([SORT_KEYS[sort_by], "id"], window, is_descending=is_descending)
    return [_read_domain(row) for row in await pool.fetch(f"{_DOMAINS} {page}", *conditions.parameters)]


async def find_domains(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, DomainRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_DOMAINS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read_domain(row) for row in rows}


async def is_host_served(pool: asyncpg.Pool, host: str, *, timeout_s: float) -> bool:
    """Whether redirectors answer for it, be it with 410: for these hosts the TLS front may ask for a certificate."""
    return bool(await pool.fetchval(_IS_SERVED, host, timeout=timeout_s))


def _read_domain(row: Any) -> DomainRow:
    return DomainRow(**{**dict(row), "found_records": json.loads(row["found_records"])})
