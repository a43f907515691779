"""A program of ours on asyncio's own loop, with the CPU of each callback measured: for tests of what strangers send.

`python -m tests.fuzz.watched_server api`. uvloop's callbacks cannot be seen, and they run the same code. A thread tells
whoever connects to the socket `WATCH_SOCKET` what the worst callback was since somebody asked last.
"""

import asyncio
import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import uvicorn
import uvicorn.config

from creatrail.programs import run_api, run_redirector
from tracking.settings import read_environment

BURNT_S: Final = 0.15


class CallbackWatch:
    """Time of the thread, not of the clock: whatever else the machine does is not counted."""

    def __init__(self) -> None:
        self._worst: tuple[float, str] = (0.0, "")
        self._run: Callable[[asyncio.Handle], None] = asyncio.Handle._run

    def install(self) -> None:
        asyncio.Handle._run = self._time  # type: ignore[method-assign,assignment]  # where each callback passes

    def remove(self) -> None:
        asyncio.Handle._run = self._run  # type: ignore[method-assign,assignment]  # as it was

    def read(self) -> tuple[float, str]:
        """The worst since it was read last, in milliseconds, and what it was."""
        worst, self._worst = self._worst, (0.0, "")
        return worst

    @property
    def _time(self) -> Callable[[asyncio.Handle], None]:
        run = self._run

        def time_callback(handle: asyncio.Handle) -> None:
            began_s = time.thread_time()
            run(handle)
            spent_ms = (time.thread_time() - began_s) * 1_000
            if spent_ms > self._worst[0]:
                self._worst = (spent_ms, _describe(handle))

        return time_callback


def _describe(handle: asyncio.Handle) -> str:
    callback: Any = getattr(handle, "_callback", None)
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return str(getattr(owner.get_coro(), "__qualname__", "a task"))
    return str(getattr(callback, "__qualname__", None) or type(callback).__name__)


def tell(watch: CallbackWatch, path: str) -> None:
    """For as long as the program runs."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        while True:
            asking, _ = listening.accept()
            with asking, suppress(OSError):
                asking.sendall(json.dumps(watch.read()).encode())


def run_burning() -> None:
    """The control: each request takes more of the loop than any may."""

    async def burn(scope: Any, receive: Any, send: Any) -> None:
        began_s = time.thread_time()
        while time.thread_time() - began_s < BURNT_S:
            pass
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    port = int(read_environment()["API_PORT"])
    uvicorn.run(burn, port=port, lifespan="off", loop="uvloop", log_config=None)  # which main() replaces, as for ours


PROGRAMS: Final[dict[str, Callable[[], None]]] = {
    "api": run_api,
    "redirector": run_redirector,
    "burning": run_burning,
}


def main() -> None:
    uvicorn.config.LOOP_FACTORIES["uvloop"] = uvicorn.config.LOOP_FACTORIES["asyncio"]
    watch = CallbackWatch()
    watch.install()
    threading.Thread(target=tell, args=[watch, read_environment()["WATCH_SOCKET"]], daemon=True).start()
    PROGRAMS[sys.argv[1]]()


if __name__ == "__main__":
    main()
