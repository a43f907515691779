"""What `up` runs can stand beside each other on one machine."""

from pathlib import Path

import pytest

from creatrail.embedded.folders import open_folders
from creatrail.up.plan import make_plan


@pytest.mark.parametrize(("given", "ports"), [("8084", ["8084", "8085"]), ("0", ["0", "0"])])
def test_workers_do_not_share_a_port(tmp_path: Path, given: str, ports: list[str]) -> None:
    environment = {"DATABASE_URL": "postgresql:///up", "REDIS_URL": "unix:///up", "WORKER_OPS_PORT": given}
    plan = make_plan(environment, open_folders(tmp_path), wants_demo=False, is_verbose=False)

    workers = plan.make_programs("worker --ingest", "worker --jobs")

    assert [worker.environment["WORKER_OPS_PORT"] for worker in workers] == ports
