"""Sends bytes to a door as they are, and says in a few words what came back."""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.fuzz.bad_inputs.inputs import BadInput
from tests.waiting import DEADLINE_S

CUT: Final = "cut"  # the connection ended without an answer
NEVER_ENDS: Final = b"HTTP/1.1 999 a connection that never ends\r\n\r\n"
_START: Final = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_LENGTH: Final = re.compile(rb"(?i)content-length: *(\d+)")
_TEXT, _CLOSE, _PONG = 1, 8, 10


IsEnough = Callable[[bytes], bool]
"""Whether what came is all that was waited for. Else until the server ends the connection, or a WebSocket."""


def never(_received: bytes) -> bool:
    return False


async def exchange(port: int, data: bytes, *, hangs_up: bool = False, is_enough: IsEnough = never) -> bytes:
    """What the server says on this connection; NEVER_ENDS where it goes on without an end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    received = bytearray()
    try:
        async with asyncio.timeout(DEADLINE_S):
            first, rest = _split_handshake(data)
            with contextlib.suppress(ConnectionError):
                writer.write(first)
                await writer.drain()
                if rest:
                    received += await reader.readuntil(b"\r\n\r\n")
                    writer.write(rest)
                await writer.drain()
                if hangs_up:
                    writer.write_eof()
            await _read_to_end(reader, received, is_enough)
    except TimeoutError:
        return NEVER_ENDS
    else:
        return bytes(received)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def _split_handshake(data: bytes) -> tuple[bytes, bytes]:
    """uvicorn drops what comes in one packet with a handshake, as no client is allowed to send any of it."""
    head, end, rest = data.partition(b"\r\n\r\n")
    return (head + end, rest) if b"\r\nUpgrade: websocket\r\n" in head else (data, b"")


async def _read_to_end(reader: asyncio.StreamReader, received: bytearray, is_enough: IsEnough) -> None:
    with contextlib.suppress(ConnectionError):  # refused before all of it was read
        while chunk := await reader.read(65_536):
            received += chunk
            if received.startswith(b"HTTP/1.1 101 ") and (is_enough(bytes(received)) or has_closed(bytes(received))):
                break


async def send(port: int, bad: BadInput, names: dict[bytes, bytes]) -> bytes:
    def is_enough(received: bytes) -> bool:
        return say_frames(received) in bad.answer.split(" or ")

    return await exchange(port, bad.write(names), hangs_up=bad.hangs_up, is_enough=is_enough)


def list_answers(received: bytes) -> Iterator[tuple[int, bytes]]:
    """Status and body of each."""
    while found := _START.match(received):
        head, _, rest = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        size = int(length[1]) if length else len(rest)
        yield int(found[1]), rest[:size]
        received = rest[size:]


def say_statuses(received: bytes) -> str:
    """`404`, or `200 400` where two requests were answered."""
    return " ".join(str(status) for status, _ in list_answers(received)) or CUT


def say_codes(received: bytes) -> str:
    """The status, and the code of what is wrong in an answer of the graph."""
    answers = list(list_answers(received))
    if not answers:
        return CUT
    (status, body), *_ = answers
    try:
        content = json.loads(body)
    except ValueError:
        return str(status)
    return " ".join([str(status), *_list_codes(content)])


def _list_codes(content: Any) -> list[str]:
    codes = [error.get("extensions", {}).get("code", "?") for error in content.get("errors") or []]
    fields = [value for value in (content.get("data") or {}).values() if isinstance(value, dict)]
    codes += [value.get("code", value.get("__typename", "?")) for value in fields]
    return list(dict.fromkeys(codes))


def say_frames(received: bytes) -> str:
    """`101 connection_ack 4400`: the handshake, each message by its type, and the code of the close."""
    found = _START.match(received)
    if not found:
        return CUT
    said = [found[1].decode()]
    if said != ["101"]:
        return said[0]
    frames = received.partition(b"\r\n\r\n")[2]
    for opcode, content in _list_frames(frames):
        if opcode == _TEXT:
            said.append(json.loads(content)["type"])
        elif opcode == _CLOSE:
            said.append(str(int.from_bytes(content[:2])) if content else "closed")
        elif opcode == _PONG:
            said.append("pong")
    return " ".join(said)


def has_closed(received: bytes) -> bool:
    """The server waits for the client's own last frame, some seconds long."""
    return any(opcode == _CLOSE for opcode, _ in _list_frames(received.partition(b"\r\n\r\n")[2]))


def _list_frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 2:
        size, at = data[1] & 0x7F, 2
        if size >= 126:
            at = 4 if size == 126 else 10
            size = int.from_bytes(data[2:at])
        yield data[0] & 0x0F, data[at : at + size]
        data = data[at + size :]
