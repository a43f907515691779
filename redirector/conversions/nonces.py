"""Each signed report is taken once: its nonce is claimed in Redis, and in memory in case Redis is down."""

import asyncio
import contextlib
from typing import Any, Final

from redirector.recording.redis_connection import RedisConnection, RedisError, connect
from tracking.clock import uptime_s
from tracking.conversions.signing import TOLERANCE_S
from tracking.streams import name_nonce

KEPT_S: Final = 2 * TOLERANCE_S  # a signature may be from the future
DEADLINE_S: Final = 0.25
RETRY_AFTER_S: Final = 0.5
MAX_REMEMBERED: Final = 100_000


class Nonces:
    """While Redis is down, two redirectors may take the same report: it is the same conversion all the same."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._expiries: dict[str, float] = {}  # in the order of expiring, as all are kept equally long
        self._connection: RedisConnection | None = None
        self._connecting = asyncio.Lock()
        self._retry_at_s = 0.0

    async def claim(self, account_id: int, nonce: str) -> bool:
        """False when it was used before."""
        key = name_nonce(account_id, nonce)
        if not self._remember(key):
            return False
        try:
            return await self._ask("SET", key, "1", "NX", "EX", str(KEPT_S)) is not None
        except (OSError, RedisError, TimeoutError):
            return True

    async def release(self, account_id: int, nonce: str) -> None:
        """Its report was not recorded, and may be sent again as it is."""
        key = name_nonce(account_id, nonce)
        self._expiries.pop(key, None)
        with contextlib.suppress(OSError, RedisError, TimeoutError):
            await self._ask("DEL", key)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _remember(self, key: str) -> bool:
        now_s = uptime_s()
        while self._expiries:
            oldest, expires_s = next(iter(self._expiries.items()))
            if expires_s > now_s and len(self._expiries) < MAX_REMEMBERED:
                break
            del self._expiries[oldest]
        if key in self._expiries:
            return False
        self._expiries[key] = now_s + KEPT_S
        return True

    async def _ask(self, *words: str) -> Any:
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await (await self._find_connection()).ask(*words)
        except (OSError, RedisError, TimeoutError):
            self.close()
            self._retry_at_s = uptime_s() + RETRY_AFTER_S
            raise

    async def _find_connection(self) -> RedisConnection:
        async with self._connecting:
            if self._connection is not None and not self._connection.is_lost:
                return self._connection
            if uptime_s() < self._retry_at_s:
                raise RedisError("not reachable a moment ago")
            self._connection = await connect(self._redis_url)
            return self._connection
