"""The worker and the receiver of the bench, which are killed and started again while it runs."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.programs import BenchError, Program, run_program

KILLED_AT, RESTARTED_AT = 0.25, 0.6  # of the events of a round
RECEIVER_IS_DOWN_S = 0.5


class Stand:
    def __init__(self, folder: Path, environment: Mapping[str, str], port: int) -> None:
        self.accepted, self.refused = folder / "accepted", folder / "refused"
        self._folder, self._environment, self._port = folder, environment, port
        self._worker, self._receiver = ExitStack(), ExitStack()

    def __enter__(self) -> Self:
        self._start_receiver()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(BenchError):
            self._worker.close()
        with suppress(BenchError):
            self._receiver.close()

    def start_worker(self) -> None:
        log = self._folder / "worker.log"
        arguments = ["creatrail", "worker", "--jobs"]
        self._program = self._worker.enter_context(run_program("worker --jobs", arguments, self._environment, log))

    def stop_worker(self) -> None:
        self._worker.close()

    def kill_worker(self) -> None:
        _kill(self._program, self._worker)

    async def restart_receiver(self) -> None:
        _kill(self._receiver_program, self._receiver)
        await asyncio.sleep(RECEIVER_IS_DOWN_S)
        self._start_receiver()

    def _start_receiver(self) -> None:
        arguments = ["bench.webhooks.receiver", str(self._port), str(self._folder)]
        self._receiver_program = self._receiver.enter_context(
            run_program("receiver", arguments, self._environment, self._folder / "receiver.log")
        )


def _kill(program: Program, running: ExitStack) -> None:
    os.kill(program.pid, signal.SIGKILL)
    with suppress(BenchError):  # it says that the program has ended
        running.close()
