"""Half an hour of load with a worker and Valkey killed every minute: memory, open files and queues stay flat (F20)."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import pytest
import redis

from tests.chaos.scenarios.starts import kill_and_start
from tests.chaos.table import PROPERTY, SOAKED
from tests.chaos.trial import Pace, Scenario, Trial, run_trial
from tests.e2e.programs import Program
from tests.e2e.system import System
from tracking.streams import CLICK_STREAM

REQUESTS_PER_S: Final = 200
MINUTE_S: Final = 60.0
OUTAGE_S: Final = 2.0
STEP: Final = 20
SURVIVORS: Final = ("redirector", "ingest 2", "jobs")
MEBIBYTE: Final = 1024**2
# Growth from the second quarter to the last that would be a leak: caches are warm by then.
MORE_MEMORY: Final = 1.25
MORE_MEMORY_BYTES: Final = 16 * MEBIBYTE
MORE_FILES: Final = 16
MOST_IN_STREAM: Final = 30 * REQUESTS_PER_S


@dataclass(frozen=True)
class Sample:
    minute: int
    program: str
    memory_bytes: int
    files: int
    stream: int
    spool_bytes: int

    def describe(self) -> list[str]:
        memory, spool = self.memory_bytes / MEBIBYTE, self.spool_bytes / 1024
        return [str(self.minute), self.program, f"{memory:.0f}", str(self.files), f"{self.stream:,}", f"{spool:.0f}"]


@dataclass
class Soak:
    minutes: float
    samples: list[Sample] = field(default_factory=list)

    def disturb(self, trial: Trial) -> None:
        started_at = time.monotonic()
        minute = 0
        while time.monotonic() - started_at < self.minutes * MINUTE_S:
            minute += 1
            self.break_something(trial)
            while time.monotonic() - started_at < minute * MINUTE_S:
                trial.load.wait_for_more(STEP)
            self.samples += take_samples(trial.system, minute)

    def break_something(self, trial: Trial) -> None:
        kill_and_start(trial, "ingest")
        trial.system.valkey.crash()
        until = time.monotonic() + OUTAGE_S
        while time.monotonic() < until:
            trial.load.wait_for_more(STEP)
        trial.system.valkey.start()

    def list_of(self, program: str, quarter: int) -> list[Sample]:
        """Of the 1st to the 4th quarter of the time."""
        own = [sample for sample in self.samples if sample.program == program]
        return own[len(own) * (quarter - 1) // 4 : len(own) * quarter // 4]

    @property
    def leaks(self) -> list[str]:
        found = []
        for name in SURVIVORS:
            before, after = self.list_of(name, 2), self.list_of(name, 4)
            memory = [median(sample.memory_bytes for sample in quarter) for quarter in (before, after)]
            files = [median(sample.files for sample in quarter) for quarter in (before, after)]
            if memory[1] > MORE_MEMORY * memory[0] + MORE_MEMORY_BYTES:
                found.append(f"{name}: memory grew from {memory[0]:.0f} to {memory[1]:.0f} bytes")
            if files[1] > files[0] + MORE_FILES:
                found.append(f"{name}: open files grew from {files[0]:.0f} to {files[1]:.0f}")
        last = self.list_of(SURVIVORS[0], 4)
        stream, spool = median(each.stream for each in last), median(each.spool_bytes for each in last)
        if stream >= MOST_IN_STREAM:
            found.append(f"stream: {stream:.0f} entries lie in it")
        if spool:
            found.append(f"spool: {spool:.0f} bytes lie in it")
        return found


def take_samples(system: System, minute: int) -> list[Sample]:
    with redis.Redis.from_url(system.valkey.url) as client:
        stream: Any = client.xlen(CLICK_STREAM)
    spool_bytes = sum(path.stat().st_size for path in system.spool.iterdir() if path.exists())
    return [_sample(minute, system.programs[name], int(stream), spool_bytes) for name in SURVIVORS]


def _sample(minute: int, program: Program, stream: int, spool_bytes: int) -> Sample:
    process = Path(f"/proc/{program.pid}")
    pages = int((process / "statm").read_text().split()[1])
    files = sum(1 for _ in (process / "fd").iterdir())
    return Sample(minute, program.name, pages * os.sysconf("SC_PAGE_SIZE"), files, stream, spool_bytes)


@pytest.mark.soak
@pytest.mark.feature("R1", "R2", "R3", "R6", "R12")
async def test_what_is_left_running_does_not_grow(
    system: System, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    soak = Soak(float(request.config.getoption("--soak-minutes")))
    pace = Pace(REQUESTS_PER_S, STEP, rounds=1, max_requests=round(soak.minutes * 120 * REQUESTS_PER_S), orders=0)
    programs = ("redirector", "ingest", "ingest 2", "jobs")
    scenario = Scenario("F20", "soak, a worker and Valkey die every minute", soak.disturb, programs=programs)

    outcome = await run_trial(system, scenario, pace)

    record_property(PROPERTY, outcome.describe())
    record_property(SOAKED, [sample.describe() for sample in soak.samples])
    assert outcome.problems == [], outcome.told
    assert soak.leaks == []
    assert soak.samples[-1].stream < MOST_IN_STREAM


def test_a_leak_is_seen() -> None:
    soak = Soak(minutes=8)
    for minute in range(1, 9):
        soak.samples += [Sample(minute, "redirector", 80 * MEBIBYTE, 20 * minute, 1_000 * minute, 10 * minute)]
        soak.samples += [Sample(minute, "ingest 2", minute * 20 * MEBIBYTE, 20, 0, 0)]
        soak.samples += [Sample(minute, "jobs", 100 * MEBIBYTE, 20, 0, 0)]

    assert soak.leaks == [
        "redirector: open files grew from 70 to 150",
        "ingest 2: memory grew from 73400320 to 157286400 bytes",
        "stream: 7500 entries lie in it",
        "spool: 75 bytes lie in it",
    ]
