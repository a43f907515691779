"""Any permutation, duplication and batching of the same events gives the same tables (rule 6)."""

import datetime as dt
import random
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clicking import BOT, DAY_MS, HUMAN, make_event, read_tables
from tests.conftest import Stores
from tracking.clicks.event import ClickEvent, Fact
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.reports.audit import audit

START_MS = int(dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC).timestamp() * 1000)  # clocks change within the two days
ZONE = "Europe/Berlin"

clicks = st.fixed_dictionaries(
    {
        "at_ms": st.integers(START_MS, START_MS + 2 * DAY_MS),
        "visitor": st.integers(1, 3),
        "link": st.integers(1, 3),
        "user_agent": st.sampled_from([HUMAN, HUMAN, HUMAN, BOT]),
        "facts": st.sampled_from([Fact(0), Fact(0), Fact.PREFETCH, Fact.USER_AGENT_MISSING]),
    }
)


def make(account_id: int, click: dict[str, Any]) -> ClickEvent:
    """Links 1 and 2 are public and of different creators, link 3 is one recipient's."""
    link, rest = click["link"], {name: value for name, value in click.items() if name != "link"}
    labels: dict[int, dict[str, Any]] = {
        1: {"creator_id": 1, "campaign_id": None},
        2: {"creator_id": 2},
        3: {"contact_id": 4, "message_id": 9},
    }
    return make_event(account_id, zone=ZONE, link_id=link, **rest, **labels[link])


async def store_in_batches(pool: asyncpg.Pool, events: list[ClickEvent], size: int) -> None:
    user_agents = UserAgents()
    for start in range(0, len(events), size):
        await store_clicks(pool, user_agents, events[start : start + size], backfill=True)


@pytest.mark.feature("R6")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_clicks=st.lists(clicks, min_size=1, max_size=25),
    order=st.randoms(use_true_random=False),
    sizes=st.tuples(st.integers(1, 25), st.integers(1, 25)),
)
async def test_order_batches_and_duplicates_change_nothing(
    stores: Stores, given_clicks: list[dict[str, Any]], order: random.Random, sizes: tuple[int, int]
) -> None:
    await stores.clean()
    pool = stores.pool
    account_id = await pool.fetchval(
        "INSERT INTO account (name, slug, timezone, currency, attribution_model, attribution_window_s, retention_days,"
        " creator_parameter, uses_visitor_cookie, created_at)"
        " VALUES ('a', 'a', $1, 'USD', 'FIRST_CLICK', 1, 1, 'creator', false, now()) RETURNING id",
        ZONE,
    )
    events = [make(account_id, click) for click in given_clicks]
    await store_in_batches(pool, events, sizes[0])
    tables = await read_tables(pool)
    assert (await audit(pool)).differences == []

    await pool.execute("TRUNCATE click, unique_click, rollup, rollup_delta")
    again = events + order.choices(events, k=len(events))
    order.shuffle(again)
    await store_in_batches(pool, again, sizes[1])

    assert await read_tables(pool) == tables
    await stores.clean()
