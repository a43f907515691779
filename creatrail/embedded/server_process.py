"""One server binary as a child of ours: launch, wait until ready, stop, crash; used by postgres.py and valkey.py."""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

POLL_S = 0.02
LOG_KEPT_BYTES = 4 * 1024**2
PR_SET_PDEATHSIG = 1


class ServerFailedError(Exception):
    """A server did not start or did not stop; the message holds the last lines of its log."""


def tie_to_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """What a child runs before its program: the kernel signals it when this process dies, even by kill -9 (Linux)."""
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def tie() -> None:
        if libc is None:
            return
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return tie


@dataclass
class ServerProcess:
    name: str
    command: list[str]
    log: Path
    stop_signal: signal.Signals
    folder: Path
    user: int | None = None
    environment: Mapping[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    )
    handed_over: tuple[int, ...] = ()  # descriptors that the child inherits, by the same numbers
    process: subprocess.Popen[bytes] | None = None

    def wait_for_predecessor(self, deadline_s: float = 20) -> None:
        """Wait until nothing is left of a server that was killed, or whose supervisor was."""
        give_up_at = time.monotonic() + deadline_s
        while left := find_processes_in(self.folder):
            if time.monotonic() > give_up_at:
                raise ServerFailedError(
                    f"another {self.name} (process {left[0]}) still uses {self.folder}: stop it first"
                )
            _wait_for_exit(left[0])

    def launch(self) -> None:
        """Start the program in a session of its own, so that Ctrl-C reaches only whoever supervises it."""
        if self.log.exists() and self.log.stat().st_size > LOG_KEPT_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self.handed_over,
                preexec_fn=tie_to_parent(self.stop_signal),  # noqa: PLW1509 -- one prctl call, before any thread of ours
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )

    def wait_until(self, is_ready: Callable[[], bool], deadline_s: float) -> None:
        """Return once `is_ready`; raise ServerFailedError at once when the program ends before, or at the deadline."""
        give_up_at = time.monotonic() + deadline_s
        while not is_ready():
            if self.has_ended(within_s=POLL_S):
                raise ServerFailedError(f"{self.name} ended during its start:\n{self.last_lines()}")
            if time.monotonic() > give_up_at:
                raise ServerFailedError(f"{self.name} is not ready after {deadline_s:.0f} s:\n{self.last_lines()}")

    def has_ended(self, within_s: float = 0) -> bool:
        if self.process is None:
            return True
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, deadline_s: float = 20) -> None:
        """End it in its own orderly way; kill it at the deadline. Nothing happens when it is not running."""
        if self.process is None:
            return
        if not self.has_ended():
            self.process.send_signal(self.stop_signal)
        if not self.has_ended(within_s=deadline_s):
            self.crash()
        self.process = None

    def crash(self) -> None:
        """kill -9, as a crash would: nothing is flushed or removed."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @property
    def pid(self) -> int:
        if self.process is None:
            raise ServerFailedError(f"{self.name} is not running")
        return self.process.pid

    def last_lines(self, count: int = 12) -> str:
        with self.log.open(errors="replace") as log:
            return "".join(deque(log, maxlen=count)).rstrip()


def find_processes_in(folder: Path) -> list[int]:
    """The processes whose working folder it is (Linux; elsewhere none): a server and its children work in its data."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
        except OSError:  # ended meanwhile, or another user's
            continue
    return sorted(found)


def _wait_for_exit(pid: int) -> None:
    """Wait for a process that is not our child, for one polling interval at most."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        select.select([handle], [], [], POLL_S)
    finally:
        os.close(handle)
