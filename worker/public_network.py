"""Connections to strangers' hosts: only to public addresses, and to the very one that was checked.

A name is resolved here and nowhere else, so that it cannot mean one thing to the check and another to the connection.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Final

import httpcore2
from ada_url import URL

from tracking.links.public_addresses import is_public

MAX_ADDRESSES: Final = 4
MAX_BYTES_READ: Final = 256 * 1024
# As many as are ever asked for at once, and no others': name servers that never answer hold up nobody.
_NAMES: Final = ThreadPoolExecutor(max_workers=512, thread_name_prefix="names")


class NameNotFoundError(Exception):
    """The name of a host leads to no address."""


class RefusedAddressError(Exception):
    """It leads, maybe among others, to an address that is not public."""


class NoConnectionError(Exception):
    """Nobody listens there."""


class BoundedStream(httpcore2.AsyncNetworkStream):
    """Hangs up on who has too much to say: interim answers may come without end, and each costs time.

    Whoever is asked again on the same connection may say as much again.
    """

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._bytes_left = MAX_BYTES_READ

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 -- httpcore2's
        if self._bytes_left <= 0:
            return b""
        content = await self._stream.read(max_bytes, timeout)
        self._bytes_left -= len(content)
        return content

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- httpcore2's
        self._bytes_left = MAX_BYTES_READ
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore2's
    ) -> httpcore2.AsyncNetworkStream:
        return BoundedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class PublicNetwork(httpcore2.AsyncNetworkBackend):
    """For httpcore2's pools, which go on to speak TLS with the name of the host that was asked for."""

    def __init__(self, *, allows_private: bool = False) -> None:
        self._allows_private = allows_private
        self._plain = httpcore2.AnyIOBackend()
        self._asked: dict[str, asyncio.Future[list[str]]] = {}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception = NoConnectionError(host)
        for address in await self._find_addresses(host, port):
            try:
                stream = await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
                return BoundedStream(stream)
            except httpcore2.ConnectTimeout as error:
                failure = error
            except httpcore2.ConnectError:  # the next one may be there
                continue
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._plain.sleep(seconds)

    async def _find_addresses(self, host: str, port: int) -> list[str]:
        addresses = [host] if _is_address(host) else await self._resolve(host, port)
        if not self._allows_private and not all(is_public(ipaddress.ip_address(each)) for each in addresses):
            raise RefusedAddressError(host)
        return addresses[:MAX_ADDRESSES]

    async def _resolve(self, host: str, port: int) -> list[str]:
        """Who gives up leaves a thread behind, which waits on: who asks for the same name then waits with it."""
        if host not in self._asked:
            asked = asyncio.get_running_loop().run_in_executor(_NAMES, look_up, host, port)
            self._asked[host] = asked
            asked.add_done_callback(lambda done: self._forget(host, done))
        try:
            return await asyncio.shield(self._asked[host])
        except (socket.gaierror, UnicodeError) as error:
            raise NameNotFoundError(host) from error

    def _forget(self, host: str, asked: asyncio.Future[list[str]]) -> None:
        del self._asked[host]
        if not asked.cancelled():
            asked.exception()  # whoever asked may have given up


@lru_cache(maxsize=1_000)
def read_url(url: str) -> httpcore2.URL:
    """For httpcore2, which by itself leaves out what follows a semicolon in the path."""
    parsed = URL(url)
    return httpcore2.URL(
        scheme=parsed.protocol.removesuffix(":").encode(),
        host=parsed.hostname.strip("[]").encode(),
        port=int(parsed.port) if parsed.port else None,
        target=(parsed.pathname + parsed.search).encode(),
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def look_up(host: str, port: int) -> list[str]:
    """Blocks for as long as a stranger's name server likes."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]
