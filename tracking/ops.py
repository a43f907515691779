"""A listener for those who watch a program: health, readiness and metrics, off unless it has a port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final, NamedTuple

_DEADLINE_S: Final = 5
TEXT: Final = "text/plain; charset=utf-8"


class Page(NamedTuple):
    status: HTTPStatus
    text: bytes
    content_type: str = TEXT


Pages = Mapping[str, Callable[[], Awaitable[Page]]]


@asynccontextmanager
async def open_ops(host: str, port: int, pages: Pages) -> AsyncIterator[None]:
    """Answer GET for each path of `pages`. A page that fails or takes too long is a 503: something is not well."""
    if not port:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_DEADLINE_S):
                path = await _read_path(reader)
                page = await _render(pages, path)
                writer.write(_as_response(page))
                await writer.drain()
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked has gone, or asks something else
        finally:
            writer.close()

    server = await asyncio.start_server(answer, host, port)
    async with server:
        yield


async def _read_path(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    return target.partition("?")[0] if method == "GET" else ""


async def _render(pages: Pages, path: str) -> Page:
    page = pages.get(path)
    if page is None:
        return Page(HTTPStatus.NOT_FOUND, b"not found\n")
    try:
        async with asyncio.timeout(_DEADLINE_S - 1):
            return await page()
    except Exception as error:  # noqa: BLE001 -- any failure is the answer
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, f"{type(error).__name__}\n".encode())


def _as_response(page: Page) -> bytes:
    head = (
        f"HTTP/1.1 {page.status.value} {page.status.phrase}\r\nContent-Type: {page.content_type}\r\n"
        f"Content-Length: {len(page.text)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + page.text
