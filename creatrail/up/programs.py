"""The programs that `up` runs as children: each says through READY_FD when it serves, and its last lines are kept."""

import asyncio
import os
import signal
import sys
from collections import deque
from dataclasses import dataclass, field

from creatrail.embedded.folders import PROJECT
from creatrail.embedded.server_process import tie_to_parent
from creatrail.up.supervised import StartFailedError

KEPT_LINES = 15
READY_DEADLINE_S = 60
# The jobs worker gives a running job 20 s.
STOP_DEADLINE_S = 25


@dataclass
class Program:
    """`creatrail ARGUMENTS` as a child process."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    output: asyncio.Task[None] | None = None
    is_serving: bool = False

    async def start(self) -> None:
        """Return once it serves. Raises StartFailedError with its last lines when it ends before or takes too long."""
        reader, writer = os.pipe()
        try:
            await self._spawn(writer)
        finally:
            os.close(writer)
        try:
            async with asyncio.timeout(READY_DEADLINE_S):
                said = await _read_line(reader)
        except TimeoutError:
            self.kill()
            raise StartFailedError(self._explain(f"does not serve after {READY_DEADLINE_S} s")) from None
        if said != b"ready\n":
            await self.wait()
            raise StartFailedError(self._explain("ended during its start"))
        self.is_serving = True
        for line in self.lines:
            self._print(line)

    async def wait(self) -> None:
        """Return when it has ended and all that it printed is read."""
        if self.process is not None and self.output is not None:
            await self.process.wait()
            await self.output

    async def stop(self) -> None:
        """Ask it to finish what it has begun, then kill it at the deadline."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_DEADLINE_S):
                await self.wait()
        except TimeoutError:
            self.kill()
            await self.wait()

    def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    def describe_end(self) -> str:
        code = None if self.process is None else self.process.returncode
        how = "ended" if code is None or code >= 0 else f"was ended by {signal.Signals(-code).name}"
        return self._explain(how)

    async def _spawn(self, ready_fd: int) -> None:
        self.lines.clear()
        self.is_serving = False  # until then its lines are kept: they are the reason, should it fail
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "creatrail",
            *self.arguments,
            cwd=PROJECT,
            env={**self.environment, "READY_FD": str(ready_fd), "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=(ready_fd,),
            start_new_session=True,
            preexec_fn=tie_to_parent(signal.SIGKILL),  # the stores end too: it could finish nothing
        )
        self.output = asyncio.create_task(self._show_output(self.process))

    async def _show_output(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        while line := await _read_output_line(process.stdout):
            text = line.decode(errors="replace").rstrip()
            self.lines.append(text)
            if self.is_serving:
                self._print(text)

    def _print(self, line: str) -> None:
        print(f"{self.name:<10} {line}", flush=True)

    def _explain(self, what: str) -> str:
        last = "\n".join(f"    {line}" for line in self.lines)
        return f"{self.name} {what}" + (f":\n{last}" if last else "")


async def _read_output_line(stream: asyncio.StreamReader) -> bytes:
    """The next line; one that is longer than the reader's buffer comes in pieces."""
    try:
        return await stream.readuntil()
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await stream.read(error.consumed)


async def _read_line(descriptor: int) -> bytes:
    """The first line of a pipe, or what came before its end. Closes the descriptor."""
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(descriptor, "rb")
    )
    try:
        return await stream.readline()
    finally:
        transport.close()
