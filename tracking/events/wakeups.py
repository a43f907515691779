"""Wakes readers of the event log in this process: one connection to Redis, however many readers there are."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from tracking.streams import EVENTS_CHANNELS, events_channel

RETRY_S: Final = 1.0
LISTEN_S: Final = 60.0
_log = structlog.get_logger("events")


class EventWakeups:
    """Only hints: a reader also looks by itself, and so misses nothing while Redis is away."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._readers: dict[bytes, set[asyncio.Event]] = {}

    @contextmanager
    def listen(self, account_id: int, woken: asyncio.Event | None = None) -> Iterator[asyncio.Event]:
        """An event that is set whenever the account has news. Clear it before reading the log, never after."""
        channel = events_channel(account_id).encode()
        woken = woken or asyncio.Event()
        readers = self._readers.setdefault(channel, set())
        readers.add(woken)
        try:
            yield woken
        finally:
            readers.discard(woken)
            if not readers:
                self._readers.pop(channel, None)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._forward()
            except (RedisError, OSError, TimeoutError) as error:
                _log.warning("wakeups_interrupted", reason=type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _forward(self) -> None:
        async with self._client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.psubscribe(EVENTS_CHANNELS)
            while True:
                message = await subscription.get_message(timeout=LISTEN_S)
                for woken in self._readers.get(message["channel"], ()) if message else ():
                    woken.set()
