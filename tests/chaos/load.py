"""The load client as a test sees it: runs beside the test, says how much was answered, and at the end what."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from creatrail.embedded.folders import PROJECT
from tests.chaos.load_client import Spec
from tests.e2e.system import System
from tests.waiting import DEADLINE_S

POLL_S = 0.02


class Purchase(msgspec.Struct, frozen=True):
    """What became of the reports of one purchase; see `tests.chaos.buyers`."""

    token: str
    txn_id: str
    minor: int
    ids: list[str]
    refused: list[int]
    gave_up: int


class LoadResult(msgspec.Struct, frozen=True):
    """What the audience was answered. `tokens` are the click ids, still signed."""

    tokens: list[str]
    plain: int
    without_id: int
    unanswered: int
    gave_up: int
    other: dict[str, int]
    p50_ms: float
    p99_ms: float
    max_ms: float
    longest_gap_s: float
    purchases: list[Purchase] = []
    not_connected: int = 0


class Load:
    """A running load client. While the test waits for answers, programs that died by themselves are started again."""

    def __init__(self, spec: Spec, system: System) -> None:
        self.system = system
        self.result_path = Path(spec.result)
        self.answered = 0
        self._unread = b""
        self._process = subprocess.Popen(
            [*system.client_command, sys.executable, "-m", "tests.chaos.load_client", json.dumps(vars(spec))],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def wait_for_more(self, count: int) -> None:
        """Until the audience has got so many more answers from now on, of whatever kind."""
        while self._read_progress(within_s=0):
            pass
        wanted = self.answered + count
        give_up_at = time.monotonic() + DEADLINE_S
        while self.answered < wanted:
            assert self.is_running(), "the load ended before the scenario did"
            assert time.monotonic() < give_up_at, f"{self.answered} of {wanted} answers\n{self.system.describe()}"
            self._read_progress()
            self.system.revive()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def finish(self) -> LoadResult:
        """Every request that was begun is answered first, so whatever serves it must be running."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        give_up_at = time.monotonic() + 2 * DEADLINE_S
        while self.is_running():
            assert time.monotonic() < give_up_at, self.system.describe()
            self._read_progress()
            self.system.revive()
        return msgspec.json.decode(self.result_path.read_bytes(), type=LoadResult)

    def abandon(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _read_progress(self, within_s: float = POLL_S) -> bool:
        """Take in what the client has said; True when it said something."""
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], within_s)
        said = os.read(self._process.stdout.fileno(), 65_536) if readable else b""
        *lines, self._unread = (self._unread + said).split(b"\n")
        if lines:
            self.answered = int(lines[-1])
        return bool(said)


@contextmanager
def running_load(system: System, **spec: Any) -> Iterator[Load]:
    load = Load(Spec(result=str(system.state / "load.json"), **spec), system)
    try:
        yield load
    finally:
        load.abandon()
