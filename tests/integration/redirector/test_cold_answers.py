"""Cold links on real connections: they go past the routes, which every address of ours still takes."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from redirector.app import Redirector
from redirector.quick_answer import Cycle, QuickProtocol
from tests.audience import LinkSite, make_link
from tests.connections import ask, serve_quickly
from tracking.settings import Settings

LINKS = ("/cold", "/cold~story", "/unknown")
OURS = ("/robots.txt", "/seen", "/conv/test", "/js/v1/no.js", "/t/none", "/o/none", "/cold/qr.svg", "/cold/continue")
LAST = "/robots.txt"


class Watched:
    """A redirector, and which paths it followed past the routes."""

    def __init__(self, settings: Settings) -> None:
        self.redirector = Redirector(settings)
        self.taken: dict[str, bool] = {}
        self.port = 0

    def take(self, protocol: QuickProtocol, cycle: Cycle) -> bool:
        self.taken[cycle.scope["path"]] = is_taken = self.redirector.take(protocol, cycle)
        return is_taken

    async def ask(self, *paths: str) -> list[str]:
        """The status of each answer, all on one connection."""
        answers = await ask(self.port, *map(_write_request, paths), _write_request(LAST, "Connection: close"))
        return [answer[:3].decode() for answer in answers.split(b"HTTP/1.1 ")[1:-1]]


@pytest.fixture
async def watched(settings: Settings, pool: asyncpg.Pool, site: LinkSite) -> AsyncIterator[Watched]:
    """Its host is known already."""
    for slug in ("warm", "cold"):
        await make_link(pool, site, slug)
    watched = Watched(settings)
    async with serve_quickly(watched.redirector, watched.take) as watched.port:
        assert await watched.ask("/warm") == ["302"]
        yield watched


def _write_request(path: str, *lines: str) -> bytes:
    head = [f"GET {path} HTTP/1.1", "Host: acme.localhost", "User-Agent: Mozilla/5.0", *lines]
    return "\r\n".join([*head, "", ""]).encode()


async def test_the_first_link_of_a_host_goes_by_the_routes_and_the_next_past_them(watched: Watched) -> None:
    assert not watched.taken["/warm"]
    assert await watched.ask(*LINKS) == ["302", "302", "404"]
    assert [watched.taken[path] for path in LINKS] == [True, True, True]


async def test_addresses_of_ours_are_left_to_the_routes(watched: Watched) -> None:
    for path in OURS:
        await watched.ask(path)
    assert [path for path in OURS if watched.taken[path]] == []


async def test_links_that_are_cold_and_warm_in_one_write_are_answered_in_their_order(watched: Watched) -> None:
    assert await watched.ask(*["/cold", "/unknown", "/warm"] * 20) == ["302", "404", "302"] * 20
