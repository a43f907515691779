"""What the supervisor keeps alive, and how: start again after a pause that grows while the trouble lasts."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any, Protocol

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
STEADY_AFTER_S = 30.0


class StartFailedError(Exception):
    """Something cannot start; the message names it and holds the last lines that it printed."""


class Supervised(Protocol):
    """A program or an embedded server."""

    name: str

    async def start(self) -> None: ...

    async def wait(self) -> None: ...

    async def stop(self) -> None: ...

    def kill(self) -> None: ...

    def describe_end(self) -> str: ...


async def do_together(*steps: Coroutine[Any, Any, Any]) -> list[Any]:
    """Take steps at the same time. The first that fails cancels the others, and its own error is raised."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep_alive(child: Supervised) -> None:
    """Wait for the end of something that runs and start it again, for ever. Cancel it before stopping the child."""
    pause_s = FIRST_PAUSE_S
    while True:
        running_since = time.monotonic()
        await child.wait()
        if time.monotonic() - running_since > STEADY_AFTER_S:
            pause_s = FIRST_PAUSE_S
        print(f"{child.describe_end()}\nstarting {child.name} again", flush=True)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        with contextlib.suppress(StartFailedError):  # then it has ended, and the next round says why
            await child.start()
