"""A web server of strangers, for what asks destinations: it answers as told, byte by byte, and counts who came."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def redirect(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Over There\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


class Stranger:
    """`answers` by "METHOD /path" or by "/path"; elsewhere it is 404. An empty answer is none at all: it hangs up."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.heads: list[bytes] = []
        self.port = 0

    def write_url(self, path: str, *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(65_536)
        while head[:1].isupper() and b"\r\n\r\n" not in head:  # else it is no HTTP, and has no end
            head += await reader.read(65_536)
        self.heads.append(head)
        asked = b" ".join(head.split(b" ", 2)[:2]).decode("latin-1")
        self.asked.append(asked)
        path = asked.partition(" ")[2]
        writer.write(self.answers.get(asked, self.answers.get(path, NOT_FOUND)))
        writer.close()


@asynccontextmanager
async def open_stranger(**answers: bytes) -> AsyncIterator[Stranger]:
    """Named after their paths: `sale=OK` answers at `/sale`."""
    stranger = Stranger({f"/{name}": answer for name, answer in answers.items()})
    server = await asyncio.start_server(stranger.serve, "127.0.0.1", 0)
    async with server:
        stranger.port = server.sockets[0].getsockname()[1]
        yield stranger
