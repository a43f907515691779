"""Fixtures of the chaos tests: the stores that scenarios share, and how hard to try."""

from collections.abc import AsyncIterator

import pytest

from tests.chaos.table import is_at_length
from tests.chaos.trial import LONG, SHORT, Pace
from tests.e2e.system import System, open_system


@pytest.fixture
def pace(request: pytest.FixtureRequest) -> Pace:
    return LONG if is_at_length(request.config) else SHORT


@pytest.fixture(scope="module")
async def system() -> AsyncIterator[System]:
    async with open_system() as system:
        yield system
