"""Webhooks for tests: endpoints as they lie in the tables, the log brought up to date, and what was queued of it."""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tests.event_schemas import check_body
from tests.traits import relay_all
from tracking.events.types import EventType
from tracking.webhooks.following import follow_all
from tracking.webhooks.rules import Wanted, store_wanted

_ADD: Final = """
    INSERT INTO webhook_endpoint (account_id, name, url, event_types, wanted, batch_max_events, batch_max_wait_ms,
        status, starts_after, created_at, actor_kind)
    VALUES ($1, 'Shop', 'https://hooks.brand.example/', $2, $3, $4, $5, $6, $7, now(), 'SYSTEM') RETURNING id
"""


class Queued(NamedTuple):
    """A delivery, and its events as they are told."""

    webhook_id: str
    event_types: list[str]
    event_ids: list[str]
    events: list[dict[str, Any]]


async def add_endpoint(
    pool: asyncpg.Pool,
    account_id: int,
    *event_types: EventType,
    batch: tuple[int, int] = (1, 0),
    status: str = "ENABLED",
    starts_after: int = 0,
    **wanted: Any,
) -> int:
    """Of all types when none is given. `batch` is how many events, and for how many milliseconds it stays open."""
    types = json.dumps([each.value for each in event_types or EventType])
    stored = json.dumps(store_wanted(Wanted(**wanted)))
    endpoint_id: int = await pool.fetchval(_ADD, account_id, types, stored, *batch, status, starts_after)
    return endpoint_id


async def tell_all(pool: asyncpg.Pool) -> None:
    """Everything that happened has its position and is queued."""
    await relay_all(pool)
    await follow_all(pool)


async def read_queue(pool: asyncpg.Pool, endpoint_id: int, *, origin: int = 0) -> list[Queued]:
    """In the order of the log. Every event is checked against its schema."""
    rows = await pool.fetch(
        "SELECT webhook_id, event_types, event_ids, is_batch, body FROM webhook_delivery"
        " WHERE endpoint_id = $1 AND origin = $2 ORDER BY replay_id, first_position, first_ordinal",
        endpoint_id,
        origin,
    )
    return [_read(row) for row in rows]


def list_ids(queued: Sequence[Queued]) -> list[str]:
    return [event_id for each in queued for event_id in each.event_ids]


def _read(row: asyncpg.Record) -> Queued:
    events = [check_body(line) for line in row["body"].split(b"\n")]
    assert row["event_ids"] == [event["id"] for event in events]
    assert row["event_types"] == [event["type"] for event in events]
    if not row["is_batch"]:
        assert row["webhook_id"] == events[0]["id"]
    return Queued(row["webhook_id"], row["event_types"], row["event_ids"], events)
