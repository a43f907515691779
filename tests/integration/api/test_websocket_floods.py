"""A peer that sends more than anybody asked for: others have their turn meanwhile, and nothing is kept for it."""

import asyncio
import base64
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from api.websocket_protocol import MAX_PARTS, PIECE_BYTES, PatientWebSocket
from tests.waiting import DEADLINE_S, eventually

HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FRAME_BYTES = 6  # an empty one, masked
PING = b"\x89\x80\0\0\0\0"
LONG_PING = b"\x89\xfd\0\0\0\0" + b"x" * 125
START_OF_TEXT = b"\x01\x81\0\0\0\0x"
EMPTY_PART = b"\x00\x80\0\0\0\0"
SMALL_TEXT = b"\x81\x82\0\0\0\0{}"


class Counted:
    """How many pings were handled in one turn of the event loop, at most."""

    def __init__(self) -> None:
        self.now = self.most = self.total = 0

    async def watch(self) -> None:
        while True:
            self.most = max(self.most, self.now)
            self.now = 0
            await asyncio.sleep(0)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "websocket"
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


@asynccontextmanager
async def serve(protocol: type[WebSocketsSansIOProtocol]) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    config = uvicorn.Config(echo, ws=protocol, lifespan="off", log_config=None, ws_ping_interval=None)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield server, listening.getsockname()[1]
        finally:
            for connection in list(server.server_state.connections):
                connection.transport.abort()
            server.should_exit = True
            await task


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE.encode())
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader, writer
    finally:
        writer.close()


async def count_pings_of_a_turn(plain: type[WebSocketsSansIOProtocol], pings: int) -> Counted:
    counted = Counted()

    class Counting(plain):  # type: ignore[misc, valid-type]  # whichever is given
        def handle_ping(self) -> None:
            counted.now += 1
            counted.total += 1
            super().handle_ping()

    async with serve(Counting) as (_, port), connect(port) as (reader, writer):
        watching = asyncio.create_task(counted.watch())
        writer.write(PING * pings)
        reading = asyncio.create_task(reader.read())
        await eventually(lambda: tell(counted.total), lambda total: total == pings)
        watching.cancel()
        reading.cancel()
    return counted


async def tell(value: int) -> int:
    return value


async def test_between_two_pieces_of_a_flood_others_have_their_turn() -> None:
    counted = await count_pings_of_a_turn(PatientWebSocket, 20_000)
    assert 0 < counted.most <= PIECE_BYTES // FRAME_BYTES + 1


async def test_without_pieces_they_would_wait_for_thousands_of_frames() -> None:
    """The check above sees it."""
    counted = await count_pings_of_a_turn(WebSocketsSansIOProtocol, 20_000)
    assert counted.most > 1_000


async def test_who_reads_nothing_gets_no_answers_to_pings_that_would_be_kept_here() -> None:
    async with serve(PatientWebSocket) as (server, port), connect(port) as (_, writer):
        [connection] = server.server_state.connections
        # until the kernel takes no more, and then ten times as much as may be kept
        for _ in range(400):
            writer.write(LONG_PING * 500)
            await writer.drain()
        assert connection.transport.get_write_buffer_size() < 1_000_000


async def test_messages_of_countless_empty_parts_end_the_connection() -> None:
    async with serve(PatientWebSocket) as (_, port), connect(port) as (reader, writer):
        writer.write(START_OF_TEXT + EMPTY_PART * (MAX_PARTS + 1))
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), DEADLINE_S) == b""


async def test_a_message_in_many_parts_and_many_messages_at_once_arrive_in_order() -> None:
    part = Frame(Opcode.CONT, b"y" * 9_000, fin=False).serialize(mask=True)
    end = Frame(Opcode.CONT, b"z").serialize(mask=True)
    sent = START_OF_TEXT + part * 5 + end + SMALL_TEXT * 500
    expected = b"x" + b"y" * 45_000 + b"z"
    async with serve(PatientWebSocket) as (_, port), connect(port) as (reader, writer):
        writer.write(sent)
        head = await asyncio.wait_for(reader.readexactly(4), DEADLINE_S)
        assert head[:2] == b"\x81\x7e"
        assert await asyncio.wait_for(reader.readexactly(len(expected)), DEADLINE_S) == expected
        assert await asyncio.wait_for(reader.readexactly(4 * 500), DEADLINE_S) == b"\x81\x02{}" * 500
