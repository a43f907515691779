"""Reads of webhook endpoints, of what is wrong with them, and of their replays. Deliveries: `delivery_queries`."""

import datetime as dt
import json
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window
from tracking.webhooks.deliveries import DeliveryStatus
from tracking.webhooks.models import DisabledReason, EndpointStatus, ReplayStatus
from tracking.webhooks.rules import Batch, Wanted, read_wanted

MAX_COUNTED: Final = 10_000
FAILING_IS_TOLD_AFTER: Final = dt.timedelta(hours=1)
_ENDPOINTS: Final = """
    SELECT id, name, url, event_types, wanted, batch_max_events, batch_max_wait_ms, status, disabled_reason,
        disabled_at, failing_since, last_success_at, not_before, created_at
    FROM webhook_endpoint
"""
_SECRETS: Final = """
    SELECT endpoint_id, id, hint, created_at, expires_at FROM webhook_secret
    WHERE endpoint_id = ANY ($1::bigint[]) AND (expires_at IS NULL OR expires_at > now())
        AND EXISTS (SELECT FROM webhook_endpoint WHERE id = endpoint_id AND account_id = $2 AND deleted_at IS NULL)
    ORDER BY id DESC
"""
# Neither count reads more rows than it may answer.
_HEALTH: Final = f"""
    SELECT endpoint.id AS endpoint_id, waiting.*, recent.*
    FROM webhook_endpoint AS endpoint
    CROSS JOIN LATERAL (
        SELECT count(*) AS waiting, min(created_at) AS waiting_since FROM (
            SELECT created_at FROM webhook_delivery
            WHERE endpoint_id = endpoint.id AND next_at IS NOT NULL ORDER BY next_at LIMIT {MAX_COUNTED}
        ) AS counted
    ) AS waiting
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE status = {DeliveryStatus.DELIVERED:d}) AS delivered,
            count(*) FILTER (WHERE status = {DeliveryStatus.GIVEN_UP:d}) AS given_up
        FROM (
            SELECT status FROM (
                SELECT status, created_at FROM webhook_delivery
                WHERE endpoint_id = endpoint.id ORDER BY id DESC LIMIT {MAX_COUNTED}
            ) AS newest
            WHERE created_at > now() - interval '24 hours'
        ) AS counted
    ) AS recent
    WHERE endpoint.account_id = $1 AND endpoint.id = ANY ($2::bigint[])
"""
_REPLAYS: Final = """
    SELECT replay.id, replay.endpoint_id, replay.from_at, replay.to_at, replay.status, replay.events_queued,
        replay.created_at, replay.ended_at
    FROM webhook_replay AS replay JOIN webhook_endpoint AS endpoint ON endpoint.id = replay.endpoint_id
"""
_OF_ENDPOINTS: Final = """
    SELECT wanted.place, replay.* FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (endpoint_id, place)
    CROSS JOIN LATERAL ({page}) AS replay ORDER BY wanted.place, replay.id {direction}
"""
_TROUBLED: Final = f"{_ENDPOINTS} WHERE account_id = $1 AND deleted_at IS NULL AND status <> 'PAUSED' AND "
_IS_TROUBLED: Final = "(status = 'DISABLED' OR failing_since < now() - $2::interval) ORDER BY id DESC"


class EndpointRow(NamedTuple):
    id: int
    name: str
    url: str
    event_types: Sequence[str]
    wanted: Wanted
    batch: Batch
    status: EndpointStatus
    disabled_reason: DisabledReason | None
    disabled_at: dt.datetime | None
    failing_since: dt.datetime | None
    last_success_at: dt.datetime | None
    not_before: dt.datetime | None
    created_at: dt.datetime


class SecretRow(NamedTuple):
    """All that may be shown of it."""

    id: int
    hint: str
    created_at: dt.datetime
    expires_at: dt.datetime | None


class HealthRow(NamedTuple):
    """Counted up to MAX_COUNTED; `delivered` and `given_up` of the newest of the last 24 hours."""

    waiting: int
    waiting_since: dt.datetime | None
    delivered: int
    given_up: int


class ReplayRow(NamedTuple):
    id: int
    endpoint_id: int
    from_at: dt.datetime
    to_at: dt.datetime
    status: ReplayStatus
    events_queued: int
    created_at: dt.datetime
    ended_at: dt.datetime | None


class ReplayPage(NamedTuple):
    window: Window


async def list_endpoints(
    pool: asyncpg.Pool, account_id: int, statuses: Sequence[EndpointStatus] | None, window: Window
) -> list[EndpointRow]:
    """A page, the newest first. No statuses: any."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1 AND deleted_at IS NULL")
    conditions.add_if_given(
        "status = ANY ({}::text[])", None if statuses is None else [each.value for each in statuses]
    )
    page = conditions.page(["id"], window, is_descending=True)
    return [_read(row) for row in await pool.fetch(f"{_ENDPOINTS} {page}", *conditions.parameters)]


async def find_endpoints(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, EndpointRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(
        f"{_ENDPOINTS} WHERE account_id = $1 AND deleted_at IS NULL AND id = ANY ($2::bigint[])", account_id, list(ids)
    )
    return {row["id"]: _read(row) for row in rows}


async def list_troubled(pool: asyncpg.Pool, account_id: int) -> list[EndpointRow]:
    """Those that we disabled, and those to which nothing could be delivered for a while; the newest first."""
    rows = await pool.fetch(_TROUBLED + _IS_TROUBLED, account_id, FAILING_IS_TOLD_AFTER)
    return [_read(row) for row in rows]


async def find_secrets(
    pool: asyncpg.Pool, account_id: int, endpoint_ids: Collection[int]
) -> dict[int, list[SecretRow]]:
    """Those that sign now, by endpoint, the newest first."""
    found: dict[int, list[SecretRow]] = {}
    for row in await pool.fetch(_SECRETS, list(endpoint_ids), account_id):
        endpoint_id, *rest = row.values()
        found.setdefault(endpoint_id, []).append(SecretRow(*rest))
    return found


async def find_health(pool: asyncpg.Pool, account_id: int, endpoint_ids: Collection[int]) -> dict[int, HealthRow]:
    rows = await pool.fetch(_HEALTH, account_id, list(endpoint_ids))
    return {
        row["endpoint_id"]: HealthRow(row["waiting"], row["waiting_since"], row["delivered"], row["given_up"])
        for row in rows
    }


async def find_replays(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, ReplayRow]:
    """By id. What this account does not have is left out."""
    mine = "WHERE account_id = $1 AND deleted_at IS NULL AND replay.id = ANY ($2::bigint[])"
    rows = await pool.fetch(f"{_REPLAYS} {mine}", account_id, list(ids))
    return {row["id"]: _read_replay(row) for row in rows}


async def list_replays(
    pool: asyncpg.Pool, account_id: int, page: ReplayPage, endpoint_ids: Sequence[int]
) -> list[list[ReplayRow]]:
    """The same page of the replays of each endpoint, the newest first."""
    conditions = Conditions(account_id, list(endpoint_ids))
    conditions.require("endpoint.account_id = $1 AND deleted_at IS NULL AND replay.endpoint_id = wanted.endpoint_id")
    of_each = conditions.page(["replay.id"], page.window, is_descending=True)
    statement = _OF_ENDPOINTS.format(
        page=f"{_REPLAYS} {of_each}", direction="ASC" if page.window.is_backward else "DESC"
    )
    found: list[list[ReplayRow]] = [[] for _ in endpoint_ids]
    for row in await pool.fetch(statement, *conditions.parameters):
        found[row["place"] - 1].append(_read_replay(row))
    return found


def _read(row: Any) -> EndpointRow:
    values = dict(row)
    batch = Batch(values.pop("batch_max_events"), values.pop("batch_max_wait_ms") // 1_000)
    reason = values.pop("disabled_reason")
    return EndpointRow(
        **{
            **values,
            "event_types": json.loads(values["event_types"]),
            "wanted": read_wanted(json.loads(values["wanted"])),
            "status": EndpointStatus(values["status"]),
        },
        batch=batch,
        disabled_reason=None if reason is None else DisabledReason(reason),
    )


def _read_replay(row: Any) -> ReplayRow:
    values = {name: row[name] for name in ReplayRow._fields}
    return ReplayRow(**{**values, "status": ReplayStatus(values["status"])})
