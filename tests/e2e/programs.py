"""One program of ours as a real process: start, kill -9, stop; used by tests/e2e and tests/chaos."""

import signal
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from creatrail.embedded.folders import PROJECT
from creatrail.embedded.server_process import ServerProcess
from tests.waiting import DEADLINE_S

SOCKET_ACTIVATION = "tests.e2e.socket_activation"
READY = b"ready\n"
START_DEADLINE_S = 3 * DEADLINE_S  # an api imports for seconds, and whatever else runs takes its processor


class Program:
    """`python -m ARGUMENTS` that serves once it listens on its port, or on a socket that outlives it."""

    address = "127.0.0.1"

    def __init__(
        self,
        name: str,
        arguments: list[str],
        environment: dict[str, str],
        port: int,
        log: Path,
        *,
        listening: socket.socket | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.last_words: list[str] = []  # of each death that nobody asked for: crash points
        self._is_wanted = False
        # The thread that revives must not see a kill -9 that was asked for, or a launch, half-way.
        self._changing = threading.RLock()
        # A port that is always open tells nothing, so the program itself says that it serves.
        self._said = log.with_suffix(".ready") if listening else None
        handed_over = (listening.fileno(),) if listening else ()
        if listening:
            arguments = [SOCKET_ACTIVATION, str(listening.fileno()), str(self._said), *arguments]
        self._server = ServerProcess(
            name=name,
            command=[sys.executable, "-m", *arguments],
            handed_over=handed_over,
            log=log,
            stop_signal=signal.SIGTERM,
            folder=PROJECT,
            environment=environment,
        )

    @property
    def pid(self) -> int:
        return self._server.pid

    @property
    def deaths(self) -> int:
        return len(self.last_words)

    @property
    def output(self) -> str:
        return self._server.log.read_text(errors="replace") if self._server.log.exists() else ""

    def launch(self) -> None:
        with self._changing:
            self._is_wanted = True
            if self._said:
                self._said.unlink(missing_ok=True)
            self._server.launch()

    def wait_ready(self) -> None:
        self._server.wait_until(self.is_serving, START_DEADLINE_S)

    def start(self) -> None:
        self.launch()
        self.wait_ready()

    def revive(self) -> None:
        """Start it again if it died by itself, as a supervisor would; its readiness is not waited for."""
        with self._changing:
            if self._is_wanted and self._server.has_ended():
                self.last_words.append(self._server.last_lines())
                self._server.launch()

    def disarm(self) -> None:
        """kill -9, then start it again without crash points."""
        with self._changing:
            self.crash()
            self._server.environment = {**self._server.environment, "FAULTS": ""}
            self.launch()

    def crash(self) -> None:
        """kill -9."""
        with self._changing:
            self._is_wanted = False
            self._server.crash()

    def stop(self) -> None:
        with self._changing:
            self._is_wanted = False
            self._server.stop()

    def replace(self, *, tree: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        """Stop it, and start what stands in another copy of this project, or with other settings."""
        with self._changing:
            self.stop()
            self._server.folder = tree or self._server.folder
            self._server.environment = {**self._server.environment, **(settings or {})}
            self.start()

    def is_serving(self) -> bool:
        if self._said:
            return self._said.exists() and self._said.read_bytes() == READY
        with socket.socket() as probe:
            return probe.connect_ex((self.address, self.port)) == 0
