"""The system that tests of several hosts share."""

from collections.abc import AsyncIterator

import pytest

from tests.chaos.hosts.network import find_obstacle
from tests.chaos.hosts.system import HostedSystem, open_hosted_system


@pytest.fixture(scope="module")
async def hosted() -> AsyncIterator[HostedSystem]:
    if obstacle := find_obstacle():
        pytest.skip(obstacle)
    async with open_hosted_system() as system:
        yield system
