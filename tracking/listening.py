"""A listening socket that outlives the program: made by its supervisor and handed over as systemd does it.

While a program starts anew, connections wait in the socket or go to another program that listens on it: none is
refused.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Collection, Sequence
from typing import Final, Protocol

from tracking.settings import Settings

FIRST_FD: Final = 3  # where systemd puts what it hands over
GOODBYE_S: Final = 6.0  # an idle connection is closed after 5 s in any case
LOOK_EVERY_S: Final = 0.05


class Listening(Protocol):
    def close(self) -> None: ...


class Shared(Protocol):
    """What the connections of a server have in common."""

    default_headers: list[tuple[bytes, bytes]]

    @property
    def connections(self) -> Collection[object]: ...


class Serving(Protocol):
    """What is needed of uvicorn's server."""

    force_exit: bool

    @property
    def servers(self) -> Sequence[Listening]: ...

    @property
    def server_state(self) -> Shared: ...


def take_inherited_socket(settings: Settings) -> list[socket.socket] | None:
    """The socket as uvicorn wants it. None where nobody handed one over, or handed it to a parent of this process."""
    if settings.listen_fds is None or settings.listen_pid != os.getpid():
        return None
    os.set_inheritable(FIRST_FD, False)
    return [socket.socket(fileno=FIRST_FD)]


async def let_clients_leave(server: Serving, kind: type) -> None:
    """Take no new connection, and end those of this kind with the answer to their next request.

    An idle one that is just closed may be sent a request in the same moment, which nobody would answer.
    """
    for listening in server.servers:
        listening.close()
    shared = server.server_state
    shared.default_headers = [*shared.default_headers, (b"connection", b"close")]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_S):
            while not server.force_exit and any(isinstance(each, kind) for each in shared.connections):  # noqa: ASYNC110 -- uvicorn gives no event
                await asyncio.sleep(LOOK_EVERY_S)
