"""Two transactions over one unique row, each held up half-way until the other waits for it too (rule 6)."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import BOT, HOUR_MS, make_account, make_event, store
from tests.waiting import eventually
from tracking.bots.verdicts import Reason
from tracking.clicks import uniques
from tracking.clicks.event import ClickEvent, Fact
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.reports.audit import audit
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R6", "TR7")

NOON_MS = int(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC).timestamp() * 1000)
A_BOT = Learned(evidence=int(Reason.HONEYPOT))
A_PERSON = Learned(evidence=int(Reason.CONVERSION))

# Where a transaction is held up: what it needs at that point, held by the test.
AFTER_ELECTION = "LOCK TABLE event_outbox IN EXCLUSIVE MODE"
BEFORE_WRITING = "SELECT FROM click FOR UPDATE"


class Race:
    """Transactions that run at the same time, and what the test holds to steer them."""

    def __init__(self, pool: asyncpg.Pool, own: asyncpg.Connection, account_id: int) -> None:
        self.pool = pool
        self.account_id = account_id
        self._own = own
        self._running: list[asyncio.Task[Any]] = []

    async def start(self, step: Awaitable[Any]) -> None:
        """Returns when every transaction so far waits for something."""
        self._running.append(asyncio.ensure_future(step))
        await eventually(self._is_everybody_waiting)

    async def finish(self) -> None:
        await self._own.execute("COMMIT")
        await asyncio.gather(*self._running)

    async def hold(self, statement: str) -> None:
        await self._own.execute(f"BEGIN; {statement}")

    async def read_for_share(self, event: ClickEvent) -> None:
        """As whoever credits a conversion does, in the order of ids."""
        await self._own.execute("SELECT FROM click WHERE id = $1 FOR SHARE", UUID(bytes=event.click_id))

    async def _is_everybody_waiting(self) -> bool:
        await self._own.execute("SELECT pg_stat_clear_snapshot()")
        waiting = await self._own.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(waiting == len(self._running))

    def store(self, *events: ClickEvent) -> Awaitable[Any]:
        return store(self.pool, *events, backfill=True)

    def relabel(self, *events: ClickEvent, learned: Learned = A_BOT) -> Awaitable[Any]:
        news = {UUID(bytes=event.click_id): learned for event in events}
        return relabel_clicks(self.pool, self.account_id, news, Cause.BEHAVIOUR)

    async def read_holder(self) -> bytes | None:
        holder: UUID | None = await self.pool.fetchval("SELECT click_id FROM unique_click")
        return None if holder is None else holder.bytes


@pytest.fixture
async def race(pool: asyncpg.Pool, settings: Settings) -> AsyncIterator[Race]:
    own = await asyncpg.connect(settings.database_url)
    yield Race(pool, own, await make_account(pool))
    await own.close()


@asynccontextmanager
async def held(race: Race, statement: str) -> AsyncIterator[None]:
    await race.hold(statement)
    yield
    await race.finish()


def make_hours(race: Race, *hours: int, **changes: Any) -> list[ClickEvent]:
    """Clicks of one visitor, told by the hour of the day."""
    return [make_event(race.account_id, at_ms=NOON_MS + hour * HOUR_MS, **changes) for hour in hours]


async def check(race: Race, holder: ClickEvent | None) -> None:
    assert await race.read_holder() == (None if holder is None else holder.click_id)
    assert (await audit(race.pool)).differences == []


async def test_a_repeat_that_is_being_stored_is_elected(race: Race) -> None:
    holder, repeat = make_hours(race, 0, 1)
    await race.store(holder)
    async with held(race, AFTER_ELECTION):
        await race.start(race.store(repeat))
        await race.start(race.relabel(holder))

    await check(race, repeat)


async def test_the_race_is_lost_without_the_lock(race: Race, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr(uniques, "_LOCK_HELD", uniques._LOCK_HELD.replace("FOR KEY SHARE OF held", ""))
    holder, repeat = make_hours(race, 0, 1)
    await race.store(holder)
    async with held(race, AFTER_ELECTION):
        await race.start(race.store(repeat))
        await race.start(race.relabel(holder))

    assert await race.read_holder() is None
    assert [each.check for each in (await audit(race.pool)).differences] == [
        "uniques are held by the earliest counted click"
    ]


@pytest.mark.parametrize("point", [AFTER_ELECTION, BEFORE_WRITING])
class TestIngestionDuringRelabelling:
    async def test_a_repeat_that_comes_during_the_election_holds_the_unique(self, race: Race, point: str) -> None:
        holder, repeat = make_hours(race, 0, 1)
        await race.store(holder)
        async with held(race, point):
            await race.start(race.relabel(holder))
            await race.start(race.store(repeat))

        await check(race, repeat)

    async def test_one_that_comes_between_the_old_and_the_new_holder_wins(self, race: Race, point: str) -> None:
        holder, between, later = make_hours(race, 0, 1, 2)
        await race.store(holder, later)
        async with held(race, point):
            await race.start(race.relabel(holder))
            await race.start(race.store(between))

        await check(race, between)

    async def test_an_earlier_click_takes_over_from_one_that_is_being_relabelled(self, race: Race, point: str) -> None:
        earlier, holder = make_hours(race, 0, 1)
        await race.store(holder)
        async with held(race, point):
            await race.start(race.relabel(holder))
            await race.start(race.store(earlier))

        await check(race, earlier)

    async def test_a_click_that_comes_to_count_gives_way_to_an_earlier_one(self, race: Race, point: str) -> None:
        later = make_event(race.account_id, at_ms=NOON_MS + HOUR_MS, user_agent=BOT)
        earlier = make_event(race.account_id, at_ms=NOON_MS)
        await race.store(later)
        async with held(race, point):
            await race.start(race.relabel(later, learned=A_PERSON))
            await race.start(race.store(earlier))

        await check(race, earlier)


class TestRelabellingAgainstRelabelling:
    async def test_two_clicks_of_a_visitor_leave_it_to_the_third(self, race: Race) -> None:
        first, second, third = make_hours(race, 0, 1, 2)
        await race.store(first, second, third)
        async with held(race, AFTER_ELECTION):
            await race.start(race.relabel(first))
            await race.start(race.relabel(second))

        await check(race, third)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    async def test_of_two_that_come_to_count_the_earlier_holds(self, race: Race, order: tuple[int, int]) -> None:
        suspects = make_hours(race, 0, 1, user_agent=b"", facts=Fact.USER_AGENT_MISSING, contact_id=4)
        await race.store(*suspects)
        assert await race.read_holder() is None
        async with held(race, AFTER_ELECTION):
            for place in order:
                await race.start(race.relabel(suspects[place], learned=A_PERSON))

        await check(race, suspects[0])

    async def test_many_at_once_in_any_order_wait_in_no_circle(self, race: Race) -> None:
        visitors = range(1, 21)
        clicks = [make_hours(race, 0, 1, 2, visitor=visitor) for visitor in visitors]
        await race.store(*(click for of_one in clicks for click in of_one))
        firsts, seconds = ([of_one[place] for of_one in clicks] for place in (0, 1))
        async with held(race, AFTER_ELECTION):
            await race.start(race.relabel(*firsts))
            await race.start(race.relabel(*reversed(seconds)))
            await race.start(race.store(*make_hours(race, -1, visitor=3), *make_hours(race, 3, visitor=20)))

        assert await race.pool.fetchval("SELECT count(*) FROM unique_click") == 20
        assert (await audit(race.pool)).differences == []

    async def test_whoever_wins_is_locked_in_the_order_of_ids_too(self, race: Race) -> None:
        """Somebody who reads clicks in that order meets a relabelling that waits for him in no circle."""
        lost, next_of_day = make_hours(race, 0, 1, visitor=1)
        [last] = make_hours(race, 2, visitor=2)
        await race.store(lost, next_of_day, last)
        async with held(race, "SET LOCAL lock_timeout = '5s'"):
            await race.read_for_share(next_of_day)
            await race.start(race.relabel(lost, last))
            await race.read_for_share(last)

        assert await race.read_holder() == next_of_day.click_id
        assert (await audit(race.pool)).differences == []
