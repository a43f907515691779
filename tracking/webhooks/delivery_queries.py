"""Reads of deliveries and of each attempt at them. Used by the api."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.paging import Conditions, Window
from tracking.webhooks.deliveries import DeliveryStatus, Origin

MAX_BODY_BYTES: Final = 64 * 1024
MAX_ATTEMPTS: Final = 10  # the schedule's
_COLUMNS: Final = """
    delivery.id, delivery.endpoint_id, delivery.origin, delivery.webhook_id, delivery.event_types, delivery.event_ids,
    delivery.is_batch, delivery.status, delivery.attempts, delivery.next_at, delivery.created_at, delivery.ended_at
"""
_DELIVERIES: Final = f"SELECT {_COLUMNS} FROM webhook_delivery AS delivery"
_IS_MINE: Final = """
    delivery.account_id = $1 AND EXISTS (
        SELECT FROM webhook_endpoint WHERE webhook_endpoint.id = delivery.endpoint_id AND deleted_at IS NULL
    )
"""
# Whose an endpoint is, is asked once for each of them: within the page it would be for all that was ever sent.
_OF_ENDPOINTS: Final = """
    SELECT wanted.place, delivery.* FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (endpoint_id, place)
    JOIN webhook_endpoint AS endpoint
        ON endpoint.id = wanted.endpoint_id AND endpoint.account_id = $1 AND endpoint.deleted_at IS NULL
    CROSS JOIN LATERAL ({page}) AS delivery ORDER BY wanted.place, delivery.id {direction}
"""
_ATTEMPTS: Final = f"""
    SELECT attempt.* FROM webhook_delivery AS delivery CROSS JOIN LATERAL (
        SELECT * FROM webhook_attempt WHERE delivery_id = delivery.id ORDER BY number DESC LIMIT {MAX_ATTEMPTS}
    ) AS attempt
    WHERE delivery.id = ANY ($2::uuid[]) AND {_IS_MINE} ORDER BY attempt.delivery_id, attempt.number
"""
_BODIES: Final = f"""
    SELECT id, substring(body for {MAX_BODY_BYTES}) AS body FROM webhook_delivery AS delivery
    WHERE delivery.id = ANY ($2::uuid[]) AND {_IS_MINE}
"""


class DeliveryRow(NamedTuple):
    id: UUID
    endpoint_id: int
    origin: Origin
    webhook_id: str
    event_types: Sequence[str]
    event_ids: Sequence[str]
    is_batch: bool
    status: DeliveryStatus
    attempts: int
    next_at: dt.datetime | None
    created_at: dt.datetime
    ended_at: dt.datetime | None


class AttemptRow(NamedTuple):
    number: int
    at: dt.datetime
    duration_ms: int
    status_code: int | None
    problem: str | None
    answer: str | None


class DeliveryFilter(NamedTuple):
    """What is None restricts nothing. `event_types`: with an event of any of these. `made_before` is exclusive."""

    status: DeliveryStatus | None = None
    event_types: Sequence[str] | None = None
    made_from: dt.datetime | None = None
    made_before: dt.datetime | None = None


class DeliveryPage(NamedTuple):
    wanted: DeliveryFilter
    window: Window


async def find_deliveries(pool: asyncpg.Pool, account_id: int, ids: Collection[UUID]) -> dict[UUID, DeliveryRow]:
    """By id. What this account does not have is left out."""
    statement = f"{_DELIVERIES} WHERE {_IS_MINE} AND delivery.id = ANY ($2::uuid[])"
    return {row["id"]: _read(row) for row in await pool.fetch(statement, account_id, list(ids))}


async def list_deliveries(
    pool: asyncpg.Pool, account_id: int, page: DeliveryPage, endpoint_ids: Sequence[int]
) -> list[list[DeliveryRow]]:
    """The same page of the deliveries of each endpoint, the newest first."""
    conditions = Conditions(account_id, list(endpoint_ids))
    conditions.require("delivery.endpoint_id = wanted.endpoint_id")
    wanted = page.wanted
    if wanted.status is DeliveryStatus.WAITING:
        conditions.require("delivery.next_at IS NOT NULL")  # said so, an index holds those alone
    elif wanted.status is not None:
        conditions.require(f"delivery.status = {wanted.status:d}")
    conditions.add_if_given("delivery.event_types && {}::text[]", wanted.event_types)
    conditions.add_if_given("delivery.created_at >= {}", wanted.made_from)
    conditions.add_if_given("delivery.created_at < {}", wanted.made_before)
    of_each = conditions.page(["delivery.id"], page.window, is_descending=True)
    statement = _OF_ENDPOINTS.format(
        page=f"{_DELIVERIES} {of_each}", direction="ASC" if page.window.is_backward else "DESC"
    )
    found: list[list[DeliveryRow]] = [[] for _ in endpoint_ids]
    for row in await pool.fetch(statement, *conditions.parameters):
        found[row["place"] - 1].append(_read(row))
    return found


async def find_attempts(pool: asyncpg.Pool, account_id: int, ids: Collection[UUID]) -> dict[UUID, list[AttemptRow]]:
    """The last MAX_ATTEMPTS at each delivery, the first of them first."""
    found: dict[UUID, list[AttemptRow]] = {}
    for row in await pool.fetch(_ATTEMPTS, account_id, list(ids)):
        found.setdefault(row["delivery_id"], []).append(AttemptRow(*(row[name] for name in AttemptRow._fields)))
    return found


async def find_bodies(pool: asyncpg.Pool, account_id: int, ids: Collection[UUID]) -> dict[UUID, str]:
    """As text, up to MAX_BODY_BYTES of it."""
    rows = await pool.fetch(_BODIES, account_id, list(ids))
    return {row["id"]: row["body"].decode(errors="ignore") for row in rows}


def _read(row: Any) -> DeliveryRow:
    values = {name: row[name] for name in DeliveryRow._fields}
    return DeliveryRow(**{**values, "origin": Origin(row["origin"]), "status": DeliveryStatus(row["status"])})
