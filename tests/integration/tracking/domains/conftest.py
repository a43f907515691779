"""A nameserver of the test, and a looker that asks it."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.nameserver import Nameserver, serve_names
from tracking.domains.looking import DomainLooker
from tracking.settings import Settings


@pytest.fixture
async def nameserver() -> AsyncIterator[Nameserver]:
    async with serve_names() as served:
        yield served


@pytest.fixture
def looker(settings: Settings, nameserver: Nameserver) -> DomainLooker:
    asking = msgspec.structs.replace(settings, dns_resolvers=(nameserver.setting,), public_hosts=("192.0.2.1",))
    return DomainLooker(asking, deadline_s=2)
