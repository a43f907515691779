"""Reads of snippet keys, and of what shows whether an installation works. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.conversions.kinds import CORRECTIONS
from tracking.domains.rules import DomainStatus, find_status

LOOKED_AT: Final = 1_000
LOOKED_BACK_DAYS: Final = 30
SHOWN_HOSTS: Final = 10

_KEYS: Final = "SELECT id, key, created_at, revoked_at FROM snippet_key"
_DOMAIN: Final = """
    SELECT host, has_tls, verified_at, failed_checks FROM tracking_domain
    WHERE account_id = $1 AND is_default AND archived_at IS NULL
"""
_SEEN: Final = f"""
    SELECT max(seen_at) AS seen_at, max(click_seen_at) AS click_seen_at,
        (array_agg(page_host ORDER BY seen_at DESC))[:{SHOWN_HOSTS}] AS hosts,
        (array_agg(page_host ORDER BY click_seen_at DESC) FILTER (WHERE click_seen_at IS NOT NULL))[:{SHOWN_HOSTS}]
            AS click_hosts
    FROM snippet_sighting WHERE account_id = $1
"""
# The newest ones tell how an installation works now, and so many are read in no time.
_CONVERSIONS: Final = f"""
    WITH newest AS MATERIALIZED (
        SELECT id, order_key, recorded_at, kind <> ALL ($2::smallint[])
            AND recorded_at > now() - make_interval(days => {LOOKED_BACK_DAYS}) AS is_looked_at
        FROM conversion WHERE account_id = $1 ORDER BY recorded_at DESC, id DESC LIMIT {LOOKED_AT}
    )
    SELECT max(recorded_at) AS recorded_at, count(*) FILTER (WHERE is_looked_at) AS conversions,
        count(*) FILTER (WHERE is_looked_at AND order_key LIKE 't:%') AS with_txn_id,
        count(*) FILTER (WHERE is_looked_at AND has_value) AS with_value,
        count(*) FILTER (WHERE is_looked_at AND has_currency) AS with_currency
    FROM newest CROSS JOIN LATERAL (
        SELECT bool_or(revenue IS NOT NULL) AS has_value,
            bool_or(revenue IS NOT NULL AND currency IS NOT NULL) AS has_currency
        FROM conversion_report WHERE conversion_id = newest.id
    ) AS said
"""


class SnippetKeyRow(NamedTuple):
    id: int
    key: str
    created_at: dt.datetime
    revoked_at: dt.datetime | None


class SnippetDomain(NamedTuple):
    """The account's default tracking domain, from which the scripts come."""

    host: str
    has_tls: bool
    status: DomainStatus


class Installation(NamedTuple):
    """What was seen of the snippets. The shares are of up to `LOOKED_AT` newest reports, no older than 30 days."""

    seen_at: dt.datetime | None
    click_seen_at: dt.datetime | None
    hosts: list[str]
    click_hosts: list[str]
    recorded_at: dt.datetime | None
    conversions: int
    with_txn_id: int
    with_value: int
    with_currency: int


async def find_snippet_keys(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, SnippetKeyRow]:
    """By id, revoked ones too. What this account does not have is left out."""
    rows = await pool.fetch(f"{_KEYS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: SnippetKeyRow(**row) for row in rows}


async def list_live_keys(pool: asyncpg.Pool, account_id: int) -> list[SnippetKeyRow]:
    """The newest first: what is put into pages from now on."""
    rows = await pool.fetch(f"{_KEYS} WHERE account_id = $1 AND revoked_at IS NULL ORDER BY id DESC", account_id)
    return [SnippetKeyRow(**row) for row in rows]


async def find_snippet_domain(pool: asyncpg.Pool, account_id: int) -> SnippetDomain | None:
    row = await pool.fetchrow(_DOMAIN, account_id)
    if row is None:
        return None
    return SnippetDomain(row["host"], row["has_tls"], find_status(row["verified_at"], row["failed_checks"]))


async def read_installation(pool: asyncpg.Pool, account_id: int) -> Installation:
    seen = await pool.fetchrow(_SEEN, account_id)
    reported = await pool.fetchrow(_CONVERSIONS, account_id, [kind.value for kind in CORRECTIONS])
    lists = {name: [host for host in seen[name] or [] if host] for name in ("hosts", "click_hosts")}
    return Installation(**{**seen, **lists, **reported})
