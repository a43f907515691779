"""`creatrail up` as a process of its own: for tests of the supervisor, and for tests that need the whole service."""

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from creatrail.embedded.folders import PROJECT, open_socket_folder
from creatrail.local import load_local_settings
from tests.servers import server_folders
from tests.waiting import DEADLINE_S, POLL_S
from tracking.settings import Settings, read_environment

PORT_SETTINGS = ("API_PORT", "REDIRECTOR_PORT", "REDIRECTOR_OPS_PORT")
STORE_SETTINGS = ("DATABASE_URL", "REDIS_URL")


_FIRST_PORT, _STRETCH, _STRETCHES = 10_240, 320, 68
_first_of_ours = _FIRST_PORT + os.getpid() % _STRETCHES * _STRETCH
_ports = itertools.cycle(range(_first_of_ours, _first_of_ours + _STRETCH))


@dataclass
class Service:
    """A running `creatrail up` with a state folder and ports of its own."""

    state: Path
    environment: dict[str, str]
    arguments: list[str]
    process: subprocess.Popen[str] = field(init=False)
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.state / "up.log"

    def launch(self) -> None:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "creatrail", "up", *self.arguments],
                cwd=PROJECT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def wait_ready(self, deadline_s: float = 3 * DEADLINE_S) -> None:
        give_up_at = time.monotonic() + deadline_s
        while "up after" not in self.log.read_text():
            assert not self.has_ended(within_s=POLL_S), self.log.read_text()
            assert time.monotonic() < give_up_at, self.log.read_text()

    def has_ended(self, within_s: float) -> bool:
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)

    @property
    def settings(self) -> Settings:
        return load_local_settings(self.environment)

    def find_children(self) -> dict[str, int]:
        """The processes that it runs: `api`, `worker --ingest`, `postgres`, `valkey-server` …, by number."""
        found: dict[str, int] = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
            except (FileNotFoundError, ProcessLookupError):  # it was waited for
                continue
            if words == [""]:  # it has ended
                continue
            name = " ".join(words[3:]) if words[1:3] == ["-m", "creatrail"] else Path(words[0].split()[0]).name
            found[name] = int(pid)
        return found


@contextmanager
def running_service(*arguments: str, **settings: str) -> Iterator[Service]:
    """Start it, wait until it serves, and stop it. `settings` are more variables, such as FAULTS."""
    with prepared_service(*arguments, **settings) as service:
        service.launch()
        service.wait_ready()
        yield service


@contextmanager
def prepared_service(*arguments: str, **settings: str) -> Iterator[Service]:
    """The same, not launched yet; whatever runs at the end is stopped."""
    with ExitStack() as cleaning:
        state = cleaning.enter_context(server_folders()).state
        cleaning.callback(shutil.rmtree, open_socket_folder(state), ignore_errors=True)
        inherited = {name: value for name, value in read_environment().items() if name not in STORE_SETTINGS}
        ports = {name: str(port) for name, port in zip(PORT_SETTINGS, find_free_ports(len(PORT_SETTINGS)), strict=True)}
        service = Service(state, {**inherited, **ports, "STATE_DIR": str(state), **settings}, list(arguments))
        try:
            yield service
        finally:
            if hasattr(service, "process") and not service.has_ended(within_s=0):
                service.end()


def find_free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago and are nobody else's turn: each process of a run walks a stretch of its own.

    They lie below those that the kernel gives to outgoing connections, which come and go while a program starts.
    """
    found: list[int] = []
    while len(found) < count:
        port = next(_ports)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return found


def is_alive(pid: int) -> bool:
    """False also for a process that has ended and waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
