"""Workers die at the worst moments, and nothing is lost or counted twice (rule 3)."""

import subprocess
import sys
from pathlib import Path

import pytest

from creatrail.embedded.folders import PROJECT
from tests.clicking import make_event, read_totals
from tests.integration.worker.conftest import Scene
from tests.servers import describe_environment
from tracking.reports.audit import audit
from tracking.settings import Settings

CRASHED = 9


def crash(settings: Settings, point: str, log: Path) -> int:
    """Run a worker that dies at the point with its first batch. Answers with how it ended."""
    with log.open("ab") as output:
        return subprocess.run(
            [sys.executable, "-m", "creatrail", "worker", "--ingest"],
            cwd=PROJECT,
            env=describe_environment(settings) | {"FAULTS": f"{point}:1", "INGEST_BATCH": "50"},
            stdout=output,
            stderr=output,
            timeout=60,
            check=False,
        ).returncode


@pytest.mark.feature("R3")
@pytest.mark.parametrize("point", ["after_read", "after_insert", "before_commit", "after_commit"])
async def test_a_crash_loses_and_doubles_nothing(point: str, scene: Scene, tmp_path: Path) -> None:
    events = [make_event(scene.account_id, visitor=number % 40, link_id=1 + number % 3) for number in range(120)]
    await scene.publish(*events)

    assert crash(scene.settings, point, tmp_path / "log") == CRASHED, (tmp_path / "log").read_text()

    is_stored = await scene.pool.fetchval("SELECT EXISTS (SELECT FROM click)")
    assert is_stored is (point == "after_commit")
    assert (await scene.read_waiting())[0] == 120

    await scene.make_ingester().drain()

    assert await scene.read_waiting() == (0, 0)
    totals = await read_totals(scene.pool, scene.account_id)
    assert totals["human_clicks"] == 120
    assert totals["unique_clicks"] == len({(event.visitor_key, event.link_id) for event in events})
    assert (await audit(scene.pool)).differences == []
