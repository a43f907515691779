"""One program of ours as a real process: start, kill -9, stop; used by tests/e2e and tests/chaos."""

import os
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

from creatrail.embedded.folders import PROJECT
from creatrail.embedded.server_process import ServerProcess
from tests.waiting import DEADLINE_S


class Program:
    """`python -m ARGUMENTS` that serves once it listens on its port, or on a socket that outlives it."""

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
        self.deaths = 0  # that nobody asked for: crash points
        self._is_wanted = False
        # The thread that revives must not see a kill -9 that was asked for, or a launch, half-way.
        self._changing = threading.RLock()
        # A port that is always open tells nothing, so the program itself says that it serves.
        self._said = tempfile.TemporaryFile("ab") if listening else None  # noqa: SIM115 -- as long as the program
        handed_over: tuple[int, ...] = ()
        if listening and self._said:
            handed_over = (listening.fileno(), self._said.fileno())
            arguments = ["tests.e2e.socket_activation", str(listening.fileno()), *arguments]
            environment = {**environment, "READY_FD": str(self._said.fileno())}
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
    def output(self) -> str:
        return self._server.log.read_text(errors="replace") if self._server.log.exists() else ""

    def launch(self) -> None:
        with self._changing:
            self._is_wanted = True
            if self._said:
                os.ftruncate(self._said.fileno(), 0)
            self._server.launch()

    def wait_ready(self) -> None:
        self._server.wait_until(self.is_serving, DEADLINE_S)

    def start(self) -> None:
        self.launch()
        self.wait_ready()

    def revive(self) -> None:
        """Start it again if it died by itself, as a supervisor would; its readiness is not waited for."""
        with self._changing:
            if self._is_wanted and self._server.has_ended():
                self.deaths += 1
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

    def is_serving(self) -> bool:
        if self._said:
            return os.fstat(self._said.fileno()).st_size > 0
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
