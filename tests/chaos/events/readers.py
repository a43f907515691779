"""Readers of a stream as processes of their own, killed again and again, and what they have written down."""

import asyncio
import json
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from creatrail.embedded.folders import PROJECT
from creatrail.embedded.server_process import tie_to_parent
from tests.waiting import POLL_S

LIFE_S = 1.0
PATIENCE_S = 2.0  # with one that hears nothing, because there is nobody to hear


class Told(NamedTuple):
    """One event, as everybody hears it: where it stands in the log, and what it is about."""

    sequence: int
    click_id: str


@dataclass(frozen=True)
class Journal:
    told: list[Told]  # in the order in which it was heard, as often as it was
    ids: set[tuple[Told, str]]
    read_again: int  # clicks that a reader fetched because it was told of a gap


@dataclass
class Reader:
    """`command` follows the stream, `counting` prints what it has counted."""

    name: str
    command: Sequence[str]
    counting: Sequence[str]
    environment: Mapping[str, str]
    journal: Path
    links: Sequence[str] | None = None  # only events about clicks on them; None: all
    is_mistaken: bool = False  # a negative control: the oracle has to see what it does wrong
    kills: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.journal.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command],
                cwd=PROJECT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=tie_to_parent(signal.SIGKILL),  # noqa: PLW1509 -- one prctl call
            )

    def kill(self) -> None:
        if self.process is not None:
            assert self.process.poll() is None, f"{self.name} ended by itself: {self.describe()}"
            self.process.kill()
            self.process.wait()
            self.process = None

    @property
    def heard_bytes(self) -> int:
        return self.journal.stat().st_size if self.journal.exists() else 0

    async def has_heard(self) -> bool:
        return self.heard_bytes > 0

    async def live_and_die(self, stopping: asyncio.Event) -> None:
        """Killed every second, though not before it has heard something: it would never hear anything else."""
        while not stopping.is_set():
            heard = self.heard_bytes
            started_at = time.monotonic()
            while not stopping.is_set():
                await asyncio.sleep(POLL_S)
                age_s = time.monotonic() - started_at
                if age_s > LIFE_S and (self.heard_bytes > heard or age_s > PATIENCE_S):
                    break
            else:
                return
            self.kill()
            self.kills += 1
            self.start()

    def read_journal(self) -> Journal:
        """A last line that is cut off was never kept by its reader."""
        told, ids, read_again, is_new = [], set(), 0, True
        text = self.journal.read_bytes() if self.journal.exists() else b""
        for line in text.split(b"\n")[:-1]:
            entry: dict[str, Any] = json.loads(line)
            if entry.get("id"):
                each = Told(entry["sequence"], entry["clicks"][0]["id"])
                told.append(each)
                ids.add((each, entry["id"]))
            elif "cursor" not in entry and not is_new:
                read_again += len(entry["clicks"])
            is_new = is_new and "cursor" not in entry
        return Journal(told, ids, read_again)

    def print_counts(self) -> list[dict[str, Any]]:
        """What the example prints, from what it has kept."""
        done = subprocess.run(
            [*self.counting], cwd=PROJECT, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def describe(self) -> str:
        log = self.journal.with_suffix(".log")
        return log.read_text(errors="replace")[-2_000:] if log.exists() else ""
