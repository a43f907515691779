"""Clients of Redis that notice that a host was cut off: such a connection is not closed, it only says nothing."""

import socket
from typing import Any, Final

import redis.asyncio

# Every 5 s of silence a probe; after three without an answer the connection is lost. Linux also gives up what was sent
# and not acknowledged for so long; a client that waits for a reply gives up by its own timeout.
SILENCE_S: Final = 5
PROBES: Final = 3
KEEPALIVE: Final[dict[str, Any]] = {
    "socket_keepalive": True,
    "socket_keepalive_options": {
        getattr(socket, name): value
        for name, value in (
            ("TCP_KEEPIDLE", SILENCE_S),
            ("TCP_KEEPINTVL", SILENCE_S),
            ("TCP_KEEPCNT", PROBES),
            ("TCP_USER_TIMEOUT", SILENCE_S * PROBES * 1_000),
        )
        if hasattr(socket, name)
    },
}


def make_client(url: str, **options: Any) -> redis.asyncio.Redis:
    """For the caller to close. Connects to nothing yet. `options` are redis-py's."""
    silent = {} if url.startswith("unix:") else KEEPALIVE
    client: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
        url, **{"socket_timeout": 5, "socket_connect_timeout": 1, **silent, **options}
    )
    return client
