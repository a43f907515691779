"""The scene of these tests."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from tests.clicking import make_account
from tests.integration.worker.webhooks.scene import Scene
from tracking.settings import Settings


@pytest.fixture
async def scene(settings: Settings, pool: asyncpg.Pool) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as running:
        yield Scene(pool, settings, await make_account(pool), running)
