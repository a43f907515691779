"""Puts clicks on the stream one by one, each at its own moment, as redirectors do."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import redis.asyncio

from bench.account import BenchAccount
from bench.ingest.traffic import make_clicks
from bench.stores import Stores
from tracking.clicks.event import VERSION, ClickEvent, encode_click
from tracking.clicks.ids import read_click_ms
from tracking.clock import now_ms, utc_now
from tracking.streams import CLICK_STREAM

TICK_S = 0.01
HEAD_START = dt.timedelta(seconds=2)  # what making and encoding them may take of the time that they are for


class Feed:
    def __init__(self, clicks: Sequence[ClickEvent]) -> None:
        self._queued = [(read_click_ms(click.click_id), encode_click(click)) for click in clicks]
        self.fed = 0
        self.latest_ms = 0  # by which the one that was fed latest was

    async def run(self, client: redis.asyncio.Redis) -> None:
        while self.fed < len(self._queued):
            pipeline = client.pipeline(transaction=False)
            first = self.fed
            while self.fed < len(self._queued) and self._queued[self.fed][0] <= now_ms():
                pipeline.xadd(CLICK_STREAM, {VERSION: self._queued[self.fed][1]})
                self.fed += 1
            if self.fed > first:
                self.latest_ms = max(self.latest_ms, now_ms() - self._queued[first][0])
                await pipeline.execute()
            await asyncio.sleep(TICK_S)


@asynccontextmanager
async def feed_clicks(stores: Stores, account: BenchAccount, per_s: int, longest: dt.timedelta) -> AsyncIterator[Feed]:
    """From now on, until the block ends, or for the longest that it may take."""
    feed = Feed(make_clicks(account, int(per_s * longest.total_seconds()), utc_now() + HEAD_START, longest))
    client = redis.asyncio.Redis.from_url(stores.valkey.url)
    task = asyncio.create_task(feed.run(client))
    try:
        yield feed
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()
