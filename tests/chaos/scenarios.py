"""Everything that is broken on purpose, one after the other, and all of it at once."""

import itertools
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from tests.chaos.trial import Scenario, Trial

PASSES_OF_PROGRAMS: Final = 8
CUT_BYTES: Final = 30_000


def leave_alone(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()


def kill_workers(trial: Trial) -> None:
    for name, _ in zip(itertools.cycle(("ingest", "ingest 2")), range(trial.pace.rounds), strict=False):
        trial.let_pass()
        kill_and_start(trial, name)


def kill_valkey(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.valkey.crash()
        trial.let_pass()
        trial.system.valkey.start()


def cut_valkeys_tail(trial: Trial) -> None:
    """What Valkey had acknowledged is lost with the end of its file, while no worker has read it yet."""
    for _ in range(trial.pace.rounds):
        trial.system.programs["ingest"].crash()
        trial.let_pass()
        trial.system.valkey.crash()
        cut_tail(trial.system.valkey.data)
        trial.system.valkey.start()
        trial.let_pass()
        trial.system.programs["ingest"].start()


def freeze_valkey(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        os.kill(trial.system.valkey.server.pid, signal.SIGSTOP)
        trial.let_pass()
        os.kill(trial.system.valkey.server.pid, signal.SIGCONT)


def kill_postgres(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.postgres.crash()
        trial.let_pass()
        trial.system.postgres.start()


def kill_redirector(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        kill_and_start(trial, "redirector")


def kill_redirector_and_workers(trial: Trial) -> None:
    for name, _ in zip(itertools.cycle(("ingest", "ingest 2")), range(trial.pace.rounds), strict=False):
        trial.let_pass()
        kill_and_start(trial, "redirector")
        kill_and_start(trial, name)
        trial.let_pass()
        kill_and_start(trial, "jobs")


def let_programs_show(trial: Trial) -> None:
    """So many clicks that behaviour passes see what no single one tells; then whatever was armed may strike."""
    for _ in range(PASSES_OF_PROGRAMS):
        trial.let_pass()
    if trial.scenario.faults:
        trial.let_crash()


def stop_redirector(trial: Trial) -> None:
    """As a deployment does."""
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.programs["redirector"].stop()
        trial.system.programs["redirector"].start()


def let_crash_without_valkey(trial: Trial) -> None:
    """For the crash points of the spool, which is in use only while Valkey is down, and just after."""
    while trial.count_crashes() < trial.pace.rounds:
        trial.system.valkey.crash()
        trial.let_pass()
        trial.system.valkey.start()
        trial.let_pass()
        trial.let_pass()  # long enough for the spool to be found and sent


def kill_everything(trial: Trial) -> None:
    """Workers start while Redis is down, a redirector while PostgreSQL is."""
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.valkey.crash()
        kill_and_launch(trial, "ingest")
        trial.let_pass()
        trial.system.postgres.crash()
        trial.system.valkey.start()
        kill_and_launch(trial, "ingest 2")
        kill_and_launch(trial, "redirector")
        trial.let_pass()
        trial.system.postgres.start()


def kill_and_launch(trial: Trial, name: str) -> None:
    trial.system.programs[name].crash()
    trial.system.programs[name].launch()


def kill_and_start(trial: Trial, name: str) -> None:
    trial.system.programs[name].crash()
    trial.system.programs[name].start()


def cut_tail(data: Path) -> None:
    """Take the end off the append-only file, as a power cut does. Its last command may be cut in two."""
    tail = max(data.glob("appendonlydir/*.incr.aof"), key=lambda path: path.stat().st_mtime)
    size = tail.stat().st_size
    with tail.open("r+b") as file:
        file.truncate(max(size - CUT_BYTES, size // 2))


def _kill_workers_at(points: Iterable[str]) -> list[Scenario]:
    return [Scenario(f"workers die at {point}", Trial.let_crash, f"{point}:0.1") for point in points]


# From so many networks that clicks stay people's, and earn.
_SELLING: Final[dict[str, Any]] = {
    "programs": ("redirector", "ingest", "ingest 2", "jobs"),
    "buyers": 0.1,
    "networks": 800,
}


def _sell_while_workers_die_at(points: Iterable[str]) -> list[Scenario]:
    return [
        Scenario(f"selling, workers die at {point}", Trial.let_crash, f"{point}:0.1", **_SELLING) for point in points
    ]


SCENARIOS: Final = (
    Scenario("nothing breaks", leave_alone),
    Scenario("kill -9 of workers", kill_workers),
    *_kill_workers_at(("after_read", "after_insert", "before_commit", "after_commit")),
    Scenario("kill -9 of Valkey", kill_valkey),
    Scenario("Valkey loses its tail", cut_valkeys_tail, programs=("redirector", "ingest")),
    Scenario("Valkey hangs", freeze_valkey),
    Scenario("kill -9 of PostgreSQL", kill_postgres),
    Scenario("kill -9 of the redirector", kill_redirector),
    Scenario("the redirector stops politely", stop_redirector),
    Scenario("redirector dies at after_xadd", Trial.let_crash, "after_xadd:0.01", "redirector"),
    Scenario("redirector dies at after_spool_write", let_crash_without_valkey, "after_spool_write:0.05", "redirector"),
    Scenario("redirector dies at before_unlink", let_crash_without_valkey, "before_unlink:0.7", "redirector"),
    Scenario("selling, nothing breaks", leave_alone, **_SELLING),
    Scenario("selling, kill -9 of redirector, workers and jobs", kill_redirector_and_workers, **_SELLING),
    Scenario("selling, kill -9 of Valkey", kill_valkey, **_SELLING),
    Scenario("selling, kill -9 of PostgreSQL", kill_postgres, **_SELLING),
    *_sell_while_workers_die_at(("after_read", "after_conversion_insert", "before_conversion_commit", "after_commit")),
    # From one address, so that very many clicks are judged anew, and what they earned with them.
    Scenario(
        "clicks turn out programs', jobs die",
        let_programs_show,
        "after_relabel:0.1,before_relabel_commit:0.1,between_behaviour_changes:0.1,before_behaviour_position:0.05",
        "jobs",
        **{**_SELLING, "networks": 1, "addresses": 1},
    ),
    Scenario("everything is killed", kill_everything, may_refuse=True),
)
