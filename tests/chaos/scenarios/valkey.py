"""Valkey dies, hangs, or forgets what it had acknowledged."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.chaos.scenarios.starts import kill_and_start
from tests.chaos.trial import UNANSWERED, Scenario, Trial

CUT_BYTES: Final = 30_000


def kill_valkey(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.valkey.crash()
        trial.let_pass()
        trial.system.valkey.start()


def cut_valkeys_tail(trial: Trial) -> None:
    lose_the_tail(trial, before_valkey_is_back=lambda: None)


def cut_valkeys_tail_and_kill_the_redirector(trial: Trial) -> None:
    """Who could have sent it again from memory is gone as well."""

    def kill_the_redirector() -> None:
        trial.let_pass()
        kill_and_start(trial, "redirector")

    lose_the_tail(trial, kill_the_redirector)


def lose_the_tail(trial: Trial, before_valkey_is_back: Callable[[], None]) -> None:
    """What Valkey had acknowledged is lost with the end of its file, while no worker has read it yet."""
    for _ in range(trial.pace.rounds):
        trial.system.programs["ingest"].crash()
        trial.let_pass()
        trial.system.valkey.crash()
        cut_tail(trial.system.valkey.data)
        before_valkey_is_back()
        trial.system.valkey.start()
        trial.let_pass()
        trial.system.programs["ingest"].start()


def freeze_valkey(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        os.kill(trial.system.valkey.server.pid, signal.SIGSTOP)
        trial.let_pass()
        os.kill(trial.system.valkey.server.pid, signal.SIGCONT)


def cut_tail(data: Path) -> None:
    """Take the end off the append-only file, as a power cut does. Its last command may be cut in two."""
    tail = max(data.glob("appendonlydir/*.incr.aof"), key=lambda path: path.stat().st_mtime)
    size = tail.stat().st_size
    with tail.open("r+b") as file:
        file.truncate(max(size - CUT_BYTES, size // 2))


SCENARIOS: Final = (
    Scenario("F2", "kill -9 of Valkey", kill_valkey, is_in_suite=True),
    Scenario("F3", "Valkey loses its tail", cut_valkeys_tail, programs=("redirector", "ingest"), is_in_suite=True),
    Scenario(
        "F3",
        "Valkey loses its tail, the redirector dies",
        cut_valkeys_tail_and_kill_the_redirector,
        programs=("redirector", "ingest"),
        forgives=UNANSWERED,
    ),
    Scenario("F4", "Valkey hangs", freeze_valkey),
)
