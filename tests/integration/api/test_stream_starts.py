"""Whatever a client gives as a start, it is told where its stream begins, or what is wrong with it."""

import datetime as dt
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.events.feeds.cursors import Missed, Start, find_start, tell_gap
from api.events.types import GapReason, StreamStart
from api.pagination import encode_cursor
from tests.clicking import make_account, make_event, store
from tests.traits import relay_all
from tracking.clock import utc_now

pytestmark = pytest.mark.feature("R13")
NAME = "clicks.log"
KEPT = dt.timedelta(days=7)
ZONES = st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=st.one_of(st.just(dt.UTC), ZONES, st.none()))
NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.integers(-2, 5))
FUZZED = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
EXTREMES = [
    dt.datetime.min.replace(tzinfo=dt.UTC),
    dt.datetime.max.replace(tzinfo=dt.UTC),
    dt.datetime(1, 1, 1, 0, 3, tzinfo=dt.UTC),
    dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC),
]
FAR_ZONES = [dt.UTC, dt.timezone(dt.timedelta(hours=14)), dt.timezone(dt.timedelta(hours=-14))]


@pytest.fixture
async def log(pool: asyncpg.Pool) -> asyncpg.Pool:
    """With some events, the first of which are gone."""
    account_id = await make_account(pool)
    for visitor in range(4):
        await store(pool, make_event(account_id, visitor=visitor))
        await relay_all(pool)
    await pool.execute("DELETE FROM event_log WHERE position < (SELECT max(position) - 1 FROM event_log)")
    return pool


async def begin(pool: asyncpg.Pool, **start: Any) -> Start | None:
    """None when it is refused as a client's fault; and the gap, if there is one, can be told."""
    try:
        found = await find_start(pool, StreamStart(**start), NAME, KEPT)
    except GraphQLError as error:
        if (error.extensions or {}).get("code") != "BAD_USER_INPUT":
            raise
        return None
    if found.missed is not None:
        gap = tell_gap(found.missed, found.place, NAME)
        assert gap.missed.from_ is not None
        assert gap.missed.to is not None
        assert gap.missed.from_ <= gap.missed.to
    return found


async def find_end(pool: asyncpg.Pool) -> int:
    end: int = await pool.fetchval("SELECT max(position) FROM event_log")
    return end


class TestCursors:
    @pytest.mark.parametrize("zone", FAR_ZONES)
    @pytest.mark.parametrize("moment", EXTREMES)
    @pytest.mark.parametrize("position", [-1, 0, 1, 2**62])
    async def test_forged_ones(self, log: asyncpg.Pool, position: int, moment: dt.datetime, zone: dt.tzinfo) -> None:
        found = await begin(log, after=encode_cursor((position, 0, moment.replace(tzinfo=zone)), NAME))
        assert found is not None
        assert found.place.position <= await find_end(log)

    async def test_any(self, log: asyncpg.Pool) -> None:
        cursors: list[str] = []

        @FUZZED
        @given(st.one_of(st.text(), st.tuples(NUMBERS, NUMBERS, MOMENTS).map(lambda key: encode_cursor(key, NAME))))
        def collect(cursor: str) -> None:
            cursors.append(cursor)

        collect()
        for cursor in cursors:
            if cursor:
                await begin(log, after=cursor)


class TestMoments:
    async def test_before_what_is_kept_it_is_told_what_is_missing_and_generously(self, log: asyncpg.Pool) -> None:
        long_ago = utc_now() - 2 * KEPT
        found = await begin(log, since=long_ago)
        assert found is not None
        assert found.missed == Missed(long_ago, GapReason.CURSOR_TOO_OLD)

        assert tell_gap(found.missed, found.place, NAME).missed.from_ == long_ago - dt.timedelta(minutes=5)

    async def test_within_what_is_kept_nothing_is_missing(self, log: asyncpg.Pool) -> None:
        found = await begin(log, since=utc_now() - KEPT / 2)
        assert found is not None
        assert found.missed is None

    @pytest.mark.parametrize("zone", FAR_ZONES)
    @pytest.mark.parametrize("moment", EXTREMES)
    async def test_at_the_ends_of_time(self, log: asyncpg.Pool, moment: dt.datetime, zone: dt.tzinfo) -> None:
        found = await begin(log, since=moment.replace(tzinfo=zone))
        assert found is not None
        assert await find_end(log) - 2 <= found.place.position <= await find_end(log)

    async def test_any(self, log: asyncpg.Pool) -> None:
        moments: list[dt.datetime] = []

        @FUZZED
        @given(st.datetimes(timezones=st.one_of(st.just(dt.UTC), ZONES)))
        def collect(moment: dt.datetime) -> None:
            moments.append(moment)

        collect()
        for moment in moments:
            await begin(log, since=moment)
