"""The programs under measurement, as child processes: started, read by /proc, and stopped; used by every bench."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from creatrail.embedded.folders import PROJECT
from creatrail.embedded.server_process import tie_to_parent

READY_DEADLINE_S = 60
STOP_DEADLINE_S = 20
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """A bench cannot go on; the message is for whoever runs it."""


@dataclass(frozen=True)
class Program:
    name: str
    pid: int

    def read_cpu_s(self) -> float:
        """User and system seconds of all its threads so far."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / TICKS_PER_S

    def read_wait_s(self) -> float:
        """For how long its first thread was ready to run so far, and had no processor."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9

    def read_rss_mb(self) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise BenchError(f"{self.name} has ended")


def read_cpu_with_children_s(pid: int) -> float:
    """User and system seconds of a process and of those of its children that have ended."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:15])) / TICKS_PER_S


@contextmanager
def run_program(name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Program]:
    """`python -m ARGUMENTS`, from when it says that it serves until the block ends."""
    reader, writer = os.pipe()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=PROJECT,
            env={**environment, "READY_FD": str(writer)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(writer,),
            start_new_session=True,
            preexec_fn=tie_to_parent(signal.SIGKILL),  # noqa: PLW1509 -- one prctl call, before any thread of ours
        )
    os.close(writer)
    try:
        _wait_ready(name, reader, log)
        yield Program(name, process.pid)
        if process.poll() is not None:
            raise BenchError(f"{name} ended while it was measured:\n{_last_lines(log)}")
    finally:
        os.close(reader)
        _stop(process)


def _wait_ready(name: str, reader: int, log: Path) -> None:
    readable, _, _ = select.select([reader], [], [], READY_DEADLINE_S)
    if not readable or not os.read(reader, 16):
        raise BenchError(f"{name} did not start:\n{_last_lines(log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_lines(log: Path, count: int = 12) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
