"""Velocity on a link: counted by PostgreSQL as by the plainest count, and in pieces where clicks are many."""

import random

import asyncpg
import pytest

from tests.behaviour import CHROME, FACTS, HOME_IP, IPHONE, TAPPED, look, read_evidence
from tests.brand import make_brand
from tests.clicking import make_event, store
from tests.unit.tracking.bots.behaviour.counting import count_buckets
from tracking.bots.behaviour import on_links
from tracking.bots.behaviour.density import Bucket
from tracking.bots.behaviour.queries import cut_parts, read_clicks
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent
from tracking.clock import now_ms

NOTHING = Reason(0)


def make_flood(account_id: int, start_ms: int, clicks: int) -> list[ClickEvent]:
    """One visitor, a click a second, and beside it a neighbour who clicks once in a minute."""
    flood = [make_event(account_id, at_ms=start_ms + place * 1_000, client_ip=HOME_IP) for place in range(clicks)]
    others = [
        make_event(account_id, at_ms=start_ms + place * 60_000, client_ip=HOME_IP, visitor_key=bytes([place]) * 16)
        for place in range(clicks // 60)
    ]
    return flood + others


@pytest.mark.feature("TR25")
@pytest.mark.usefixtures("orm")
class TestVelocityOnLinks:
    async def test_counts_are_those_of_the_clicks(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        chance, start_ms = random.Random(7), now_ms() - 3_600_000  # noqa: S311 -- the same clicks in every run
        events = [
            make_event(
                account.id,
                at_ms=start_ms + chance.randrange(100_000),
                client_ip=HOME_IP,
                user_agent=chance.choice((CHROME, IPHONE)),
                facts=chance.choice((FACTS, TAPPED)),
                visitor_key=bytes([chance.randrange(20)]) * 16,
            )
            for _ in range(200)
        ]
        await store(pool, *events)
        async with pool.acquire() as connection:
            clicks = await read_clicks(connection, [row["id"] for row in await pool.fetch("SELECT id FROM click")])
            [part] = cut_parts(((click.link_id,), click.at_ms) for click in clicks)
            columns = ([part.key[0]], [part.first_id], [part.last_id])
            found = await on_links.count_networks(connection, *columns, fewest_clicks=50)
            none = await on_links.count_networks(connection, *columns, fewest_clicks=201)

        [(_, buckets)] = found.items()
        assert {number: told._replace(fresh=list(told.fresh)) for number, told in buckets.items()} == count_buckets(
            clicks
        )
        assert none == {}
        assert all(isinstance(bucket, Bucket) for bucket in buckets.values())

    @pytest.mark.parametrize("at_once", [60_000, 150, 1])
    async def test_a_flood_is_found_however_little_is_read_at_once(
        self, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, at_once: int
    ) -> None:
        account = await make_brand()
        monkeypatch.setattr(on_links, "CLICKS_AT_ONCE", at_once)
        await store(pool, *make_flood(account.id, now_ms() - 3_600_000, 300))

        await look(pool)

        found = await read_evidence(pool)
        assert found.count(NOTHING) == 5
        assert len(found) == 305
        # where next to nothing is read around a click, some look like few enough for a person who cannot stop
        assert set(found) - {NOTHING} <= {Reason.VELOCITY, Reason.MANY_CLICKS}
        assert Reason.VELOCITY in found
