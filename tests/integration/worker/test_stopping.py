"""A worker that is told to end ends, whatever is away: who waits for it would kill it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from creatrail.embedded.valkey import EmbeddedValkey
from tests.integration.worker.programs import running_worker
from tests.servers import own_valkey
from tests.waiting import DEADLINE_S
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R3")


@pytest.fixture
def valkey() -> Iterator[EmbeddedValkey]:
    with own_valkey() as server:
        yield server


@pytest.mark.parametrize("role", ["ingest", "jobs"])
async def test_it_ends_while_redis_is_away(
    settings: Settings, valkey: EmbeddedValkey, tmp_path: Path, role: str
) -> None:
    settings = msgspec.structs.replace(settings, redis_url=valkey.url)
    with running_worker(settings, role, tmp_path / "log") as process:
        valkey.crash()
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0, (tmp_path / "log").read_text()
