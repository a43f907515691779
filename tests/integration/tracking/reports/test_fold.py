"""The fold brings every delta into every scope and grain, once."""

import asyncio
import datetime as dt
from typing import Any

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.messaging import write_message
from tracking.reports.fold import fold_all, fold_once
from tracking.reports.scopes import FAMILIES, Grain, Scope, list_grains

pytestmark = pytest.mark.feature("R12")


async def test_a_click_is_in_every_scope_and_three_grains(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    at_ms = int(dt.datetime(2026, 11, 20, 12, 30, tzinfo=dt.UTC).timestamp() * 1000)
    message_id = await write_message(pool, account_id, creative_id=10)
    labels: dict[str, Any] = {"message_id": message_id, "slot": 1, "contact_id": 4, "offer_id": 8, "sharer_id": 6}
    await store(pool, make_event(account_id, at_ms=at_ms, **labels), backfill=True)

    assert await fold_once(pool) == 1

    rows = await pool.fetch(
        "SELECT scope, first_key, second_key, grain, bucket, human_clicks, unique_clicks FROM rollup"
        " ORDER BY scope, grain"
    )
    keys = {
        Scope.ACCOUNT: (0, 0),
        Scope.CAMPAIGN: (2, 0),
        Scope.CREATOR: (3, 0),
        Scope.CAMPAIGN_CREATOR: (2, 3),
        Scope.LINK: (0, 0),
        Scope.MESSAGE: (message_id, 0),
        Scope.MESSAGE_SLOT: (message_id, 1),
        Scope.OFFER: (8, 0),
        Scope.OFFER_CREATOR: (8, 3),
        Scope.CREATIVE: (10, 0),
        Scope.SHARER: (6, 0),
        Scope.MESSAGE_SHARER: (message_id, 6),
        Scope.CONTACT: (4, 0),
    }
    buckets = {
        Grain.HOUR: dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC),
        Grain.DAY: dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
        Grain.TOTAL: dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
    }
    assert [tuple(row) for row in rows] == [
        (scope, *keys[scope], grain, buckets[grain], 1, 1) for scope in Scope for grain in list_grains(scope)
    ]


async def test_what_has_no_campaign_or_creator_and_what_is_a_recipients_stands_under_none(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store(pool, make_event(account_id, campaign_id=None, creator_id=None, contact_id=4))
    await fold_all(pool)

    keys = await pool.fetch("SELECT scope, first_key, second_key FROM rollup WHERE grain = 3 ORDER BY scope")

    everywhere = [(scope, 0, 0) for scope in FAMILIES[0].scopes]
    assert [tuple(row) for row in keys] == [*everywhere, (Scope.CONTACT, 4, 0)]


@pytest.mark.feature("TR19", "IM11")
async def test_a_part_that_is_nobodys_stands_under_none_beside_its_owner(pool: asyncpg.Pool) -> None:
    """Of a message without slot, creative or sharer, of an offer without creator, and of a sharer without message."""
    account_id = await make_account(pool)
    await store(
        pool,
        make_event(account_id, message_id=9, visitor=1),
        make_event(account_id, sharer_id=6, visitor=2),
        make_event(account_id, offer_id=8, creator_id=None, visitor=3),
    )
    await fold_all(pool)

    rows = await pool.fetch(
        "SELECT scope, first_key, second_key, human_clicks FROM rollup WHERE grain = 3 AND scope > 5 ORDER BY 1, 2, 3"
    )

    assert [tuple(row) for row in rows] == [
        (Scope.MESSAGE, 9, 0, 1),
        (Scope.MESSAGE_SLOT, 9, 0, 1),
        (Scope.OFFER, 8, 0, 1),
        (Scope.OFFER_CREATOR, 8, 0, 1),
        (Scope.SHARER, 6, 0, 1),
        (Scope.MESSAGE_SHARER, 9, 0, 1),
    ]


@pytest.mark.feature("TR6")
async def test_a_message_is_the_sum_of_its_slots(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    slots = (1, 1, 2)
    sent = [make_event(account_id, visitor=slot, message_id=9, slot=slot, contact_id=4) for slot in slots]
    await store(pool, *sent, make_event(account_id))
    await fold_all(pool)

    rows = await pool.fetch(
        "SELECT scope, first_key, second_key, human_clicks FROM rollup WHERE grain = 3 AND scope IN (6, 7)"
        " ORDER BY 1, 2, 3"
    )

    assert [tuple(row) for row in rows] == [(6, 9, 0, 3), (7, 9, 1, 2), (7, 9, 2, 1)]


async def test_what_comes_later_is_added_to_what_is_there(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    for visitor in (1, 2):
        await store(pool, make_event(account_id, visitor=visitor))
        await fold_all(pool)

    assert await pool.fetchval("SELECT human_clicks FROM rollup WHERE scope = 1 AND grain = 3") == 2


async def test_folding_again_adds_nothing_and_tells_that_all_is_told(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store(pool, make_event(account_id))
    await fold_all(pool)
    told_at = await pool.fetchval("SELECT folded_at FROM fold_state")

    assert await fold_once(pool) == 0

    assert await pool.fetchval("SELECT human_clicks FROM rollup WHERE scope = 1 AND grain = 3") == 1
    assert await pool.fetchval("SELECT folded_at FROM fold_state") > told_at


async def test_many_folds_at_once_count_each_delta_once(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store(pool, *(make_event(account_id, link_id=link_id) for link_id in range(1, 301)))

    folded = await asyncio.gather(*(fold_once(pool) for _ in range(8)))
    await fold_all(pool)

    assert sum(count or 0 for count in folded) <= 300
    assert await pool.fetchval("SELECT human_clicks FROM rollup WHERE scope = 1 AND grain = 3") == 300
