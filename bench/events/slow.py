"""One subscriber that reads a message a second through a small buffer, and asks for much of each click."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.events.plan import PROTOCOL
from bench.programs import BenchError

RECEIVE_BUFFER_BYTES: Final = 4096
READ_EVERY_S: Final = 1.0
START_DEADLINE_S: Final = 30
# Two kilobytes of each click, so that the buffers of the system are full within seconds.
_FAT: Final = " ".join(f"d{number}: destinationUrl" for number in range(16))
_DOCUMENT: Final = f"""
    subscription {{
        clicks(start: {{latest: true}}) {{
            __typename
            ... on ClickRecorded {{ cursor click {{ id explanation link {{ {_FAT} }} }} }}
            ... on EventGap {{ cursor }}
        }}
    }}
"""


@dataclass
class SlowReader:
    read: int = 0
    ends: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def follow(self, port: int, api_key: str, reading: threading.Event) -> None:
        """Until it shall stop, or the server has had enough of it."""
        with socket.socket() as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            plain.connect(("127.0.0.1", port))
            with connect(
                f"ws://127.0.0.1:{port}/graphql",
                sock=plain,
                subprotocols=[Subprotocol(PROTOCOL)],
                compression=None,
                ping_interval=None,
                close_timeout=0.1,
                max_queue=1,
            ) as connection:
                self._read_slowly(connection, api_key, reading)

    def _read_slowly(self, connection: ClientConnection, api_key: str, reading: threading.Event) -> None:
        _say(connection, {"type": "connection_init", "payload": {"Authorization": f"Bearer {api_key}"}})
        connection.recv()
        _say(connection, {"type": "subscribe", "id": "1", "payload": {"query": _DOCUMENT}})
        connection.recv()
        reading.set()
        while not self.stopping.wait(READ_EVERY_S):
            try:
                told = json.loads(connection.recv())
            except ConnectionClosed as closed:
                self.ends.append(str(closed))
                return
            if told["type"] == "ping":
                _say(connection, {"type": "pong"})
            elif told["type"] != "next":
                self.ends.append(str(told))
            else:
                self.read += 1


@contextmanager
def read_slowly(port: int, api_key: str) -> Iterator[SlowReader]:
    """In a thread of its own, from when it is subscribed until the block ends."""
    reader, reading = SlowReader(), threading.Event()
    thread = threading.Thread(target=reader.follow, args=(port, api_key, reading), daemon=True)
    thread.start()
    if not reading.wait(START_DEADLINE_S):
        raise BenchError("the slow subscriber could not subscribe")
    try:
        yield reader
    finally:
        reader.stopping.set()
        thread.join(START_DEADLINE_S)


def _say(connection: ClientConnection, message: dict[str, Any]) -> None:
    connection.send(json.dumps(message))
