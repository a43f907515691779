"""A redirector's protocol on real connections, for tests of the bytes that go over them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from redirector.quick_answer import Take, answer_quickly
from tests.service import find_free_ports
from tests.waiting import DEADLINE_S, eventually
from tracking.head_limits import limit_heads


@asynccontextmanager
async def serve_quickly(app: Any, take: Take) -> AsyncIterator[int]:
    """The port on which uvicorn serves this app, with what `take` answers past it."""
    (port,) = find_free_ports(1)
    protocol = answer_quickly(limit_heads(HttpToolsProtocol, 16_384, 5), take)
    server = uvicorn.Server(uvicorn.Config(app, port=port, http=protocol, log_config=None, date_header=False))
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: asyncio.sleep(0, server.started))
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


async def ask(port: int, *requests: bytes) -> bytes:
    """Everything that is answered to these requests on one connection, which the last of them closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(requests))
    async with asyncio.timeout(DEADLINE_S):
        received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received
