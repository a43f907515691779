"""What is kept of sightings: each host's newest, whatever order they come in, and only so many hosts (LO14)."""

import datetime as dt
import itertools
from typing import Any

import asyncpg
import pytest

from tracking.clicks.store import EARLY_LIMIT_MS, LATE_LIMIT_MS
from tracking.clock import now_ms
from tracking.snippets.event import Sighting
from tracking.snippets.sightings import HOSTS_AN_ACCOUNT, RejectedSighting, store_sightings

pytestmark = pytest.mark.feature("LO14")

CLICK = bytes(16)


def at(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


async def read(pool: asyncpg.Pool) -> list[tuple[Any, ...]]:
    rows = await pool.fetch("SELECT account_id, page_host, seen_at, click_seen_at FROM snippet_sighting ORDER BY 1, 2")
    return [tuple(row) for row in rows]


@pytest.mark.feature("R6")
async def test_any_order_and_number_of_deliveries_ends_alike(pool: asyncpg.Pool) -> None:
    now = now_ms()
    seen = [
        Sighting(now - 3_000, 1, "shop.example", CLICK),
        Sighting(now - 2_000, 1, "shop.example", None),
        Sighting(now - 4_000, 1, "shop.example", CLICK),
        Sighting(now - 5_000, 2, "shop.example", None),
    ]
    for order in itertools.permutations(seen):
        for sighting in (*order, order[0]):
            await store_sightings(pool, [sighting])
        one_by_one = await read(pool)
        await pool.execute("DELETE FROM snippet_sighting")
        await store_sightings(pool, order)
        assert await read(pool) == one_by_one
        await pool.execute("DELETE FROM snippet_sighting")

        assert one_by_one == [
            (1, "shop.example", at(now - 2_000), at(now - 3_000)),
            (2, "shop.example", at(now - 5_000), None),
        ]


async def test_a_host_is_new_once(pool: asyncpg.Pool) -> None:
    seen = Sighting(now_ms(), 1, "shop.example", None)

    assert [(await store_sightings(pool, [seen])).added for _ in range(2)] == [1, 0]


async def test_invented_hosts_push_out_no_host_that_clicks_arrived_on(pool: asyncpg.Pool) -> None:
    now = now_ms()
    real = Sighting(now - 60_000, 1, "shop.example", CLICK)
    invented = [Sighting(now + place, 1, f"{place:03}.example", None) for place in range(HOSTS_AN_ACCOUNT + 50)]
    await store_sightings(pool, [real, Sighting(now, 2, "other.example", None)])

    await store_sightings(pool, invented)

    hosts = [host for account_id, host, _, _ in await read(pool) if account_id == 1]
    newest = [sighting.page_host for sighting in invented[51:]]
    assert hosts == [*newest, "shop.example"]
    assert len(hosts) == HOSTS_AN_ACCOUNT
    assert await pool.fetchval("SELECT count(*) FROM snippet_sighting WHERE account_id = 2") == 1


async def test_one_beyond_the_horizon_is_rejected_and_spoils_nothing(pool: asyncpg.Pool) -> None:
    late = Sighting(now_ms() - LATE_LIMIT_MS - 60_000, 1, "late.example", None)
    early = Sighting(now_ms() + EARLY_LIMIT_MS + 60_000, 1, "early.example", CLICK)
    good = Sighting(now_ms(), 1, "shop.example", None)

    stored = await store_sightings(pool, [late, good, early])

    assert stored.rejected == [RejectedSighting(late, "too_late"), RejectedSighting(early, "from_the_future")]
    assert [host for _, host, _, _ in await read(pool)] == ["shop.example"]
