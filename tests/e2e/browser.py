"""Chromium as the audience has it: in a window on a virtual display, or headless; driven by its debugging protocol."""

import asyncio
import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import websockets

from creatrail.embedded.server_process import tie_to_parent
from tests.waiting import DEADLINE_S, eventually
from tracking.settings import read_environment

SCRIPTS_OFF = "--blink-settings=scriptEnabled=false"
FLAGS = (
    "--no-sandbox",  # refuses to start as root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)


def require_browser() -> None:
    """Skip the test where the programs are absent, and say so."""
    missing = [name for name in ("chromium", "Xvfb") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed (Debian: apt-get install chromium xvfb)")


@contextmanager
def running_window(url: str, *flags: str) -> Iterator[Path]:
    """Chromium with a window, as a person has it, that opens the address by itself. Yields its profile."""
    with _running_display() as display, _running_chromium(url, *flags, DISPLAY=display) as profile:
        yield profile


@contextmanager
def running_headless(url: str, *flags: str) -> Iterator[Path]:
    """Chromium without a window, as scripts use it. Yields its profile."""
    with _running_chromium(url, "--headless=new", *flags) as profile:
        yield profile


@contextmanager
def _running_chromium(url: str, *flags: str, **environment: str) -> Iterator[Path]:
    profile = Path(tempfile.mkdtemp(prefix="creatrail-chromium-"))
    command = ["chromium", *FLAGS, f"--user-data-dir={profile}", *flags, url]
    try:
        with _running(command, profile / "output.log", environment):
            yield profile
    finally:
        shutil.rmtree(profile, ignore_errors=True)


@contextmanager
def _running_display() -> Iterator[str]:
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with tempfile.TemporaryDirectory() as folder, _running(command, Path(folder, "log"), {}, (writer,)):
        os.close(writer)
        with os.fdopen(reader, "rb") as said:
            assert select.select([said], [], [], DEADLINE_S)[0], "Xvfb does not start"
            yield f":{said.readline().decode().strip()}"


@contextmanager
def _running(
    command: Sequence[str], log: Path, environment: dict[str, str], descriptors: tuple[int, ...] = ()
) -> Iterator[None]:
    """A program with all its children, in a group of its own that is killed at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**read_environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=descriptors,
            start_new_session=True,
            preexec_fn=tie_to_parent(signal.SIGKILL),  # noqa: PLW1509 -- one prctl call
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Page:
    """A page over the debugging protocol: what it asked for, what it complained about, and what its scripts answer."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.requested: list[str] = []
        self.complaints: list[str] = []

    async def listen(self) -> None:
        async for message in self._connection:
            said = json.loads(message)
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Network.requestWillBeSent":
                self.requested.append(said["params"]["request"]["url"])
            elif said["method"] == "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(said["params"]["exceptionDetails"]))
            elif said["method"] == "Log.entryAdded" and said["params"]["entry"]["level"] == "error":
                entry = said["params"]["entry"]
                self.complaints.append(f"{entry['text']} {entry.get('url', '')}")

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        answer = await asyncio.wait_for(self._answers[number], DEADLINE_S)
        assert "error" not in answer, answer
        return answer

    async def open(self, url: str) -> None:
        for domain in ("Network", "Runtime", "Log", "Page"):
            await self.call(f"{domain}.enable")
        await self.call("Page.navigate", url=url)

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is waited for."""
        answer = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        result = answer["result"]
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")


@asynccontextmanager
async def open_page(*flags: str, has_window: bool = False) -> AsyncIterator[Page]:
    """An empty page in a Chromium, headless unless it has a window, driven from here."""
    running = running_window if has_window else running_headless
    with running("about:blank", "--remote-debugging-port=0", *flags) as profile:
        port_file = profile / "DevToolsActivePort"

        async def read_port() -> str:
            return port_file.read_text().split("\n")[0] if port_file.exists() else ""

        port = await eventually(read_port)
        async with websockets.connect(await _find_page(port), max_size=None) as connection:
            page = Page(connection)
            listening = asyncio.create_task(page.listen())
            try:
                yield page
            finally:
                listening.cancel()


async def _find_page(port: str) -> str:
    """The address under which the first page of this browser is debugged."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(f"GET /json/list HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    pages = json.loads(await reader.readexactly(length))
    writer.close()
    address: str = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
    return address
