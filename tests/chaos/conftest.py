"""Fixtures of the chaos tests: the stores that scenarios share, and how hard to try."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

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


@contextmanager
def shared_socket(system: System, kind: str) -> Iterator[None]:
    """On which all programs of this kind listen."""
    with socket.create_server(("127.0.0.1", 0), backlog=4_096) as listening:
        system.listening[kind] = listening
        yield
        del system.listening[kind]


@pytest.fixture
async def lone_system() -> AsyncIterator[System]:
    """Stores of one test alone; redirectors share a socket."""
    async with open_system() as system:
        with shared_socket(system, "redirector"):
            yield system
            system.stop()
