"""Fixtures of tests on real programs, for tests/e2e and tests/journeys: all programs, and a brand nobody else uses."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.brand import Brand, make_brand
from tests.e2e.system import System, open_system


@pytest.fixture(scope="session")
async def system() -> AsyncIterator[System]:
    async with open_system() as system:
        system.start("api", "redirector", "redirector 2", "ingest", "jobs")
        yield system


@pytest.fixture
async def brand(system: System) -> Brand:
    return await make_brand(system)
