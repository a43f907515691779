"""A redirector on the shared stores, and an account with a domain for its links."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.audience import Audience, LinkSite, make_link_site, open_redirector
from tracking.settings import Settings


@pytest.fixture
async def site(pool: asyncpg.Pool) -> LinkSite:
    return await make_link_site(pool)


@pytest.fixture
async def audience(settings: Settings) -> AsyncIterator[Audience]:
    async with open_redirector(settings) as opened:
        yield opened
