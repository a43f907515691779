"""A redirector on the shared stores, and an account with a domain for its links."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import redis.asyncio

from creatrail.embedded.valkey import EmbeddedValkey
from tests.audience import Audience, LinkSite, make_link_site, open_redirector
from tests.servers import own_valkey
from tracking.settings import Settings


@pytest.fixture
async def site(pool: asyncpg.Pool) -> LinkSite:
    return await make_link_site(pool)


@pytest.fixture
async def audience(settings: Settings) -> AsyncIterator[Audience]:
    async with open_redirector(settings) as opened:
        yield opened


@pytest.fixture
def valkey() -> Iterator[EmbeddedValkey]:
    """The test's own, to be killed at will."""
    with own_valkey() as server:
        yield server


@pytest.fixture
async def own_redis(valkey: EmbeddedValkey) -> AsyncIterator[redis.asyncio.Redis]:
    client = redis.asyncio.Redis.from_url(valkey.url)
    yield client
    await client.aclose()
