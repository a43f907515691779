"""Clients of Redis that notice that its host was cut off."""

from typing import Any, Final

import redis.asyncio

from tracking.silence import SOCKET_OPTIONS

TIMEOUT_S: Final = 5.0


def make_client(url: str) -> redis.asyncio.Redis:
    """For the caller to close. Connects to nothing yet."""
    client: redis.asyncio.Redis = redis.asyncio.Redis.from_url(url, socket_connect_timeout=1, **limit_silence(url))
    return client


def limit_silence(url: str) -> dict[str, Any]:
    """As options of redis-py. Its unix sockets know no keepalive, and need none."""
    if url.startswith("unix:"):
        return {"socket_timeout": TIMEOUT_S}
    return {"socket_timeout": TIMEOUT_S, "socket_keepalive": True, "socket_keepalive_options": SOCKET_OPTIONS}
