"""Load on loopback by wrk: 32 connections from one thread; every bench of the redirector asks through here."""

import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bench.programs import BenchError

SCRIPT = Path(__file__).with_name("wrk.lua")
CONNECTIONS = 32


class Load(msgspec.Struct, frozen=True):
    """What wrk saw. `unexpected` counts answers from 400 up, and with `is_checked` every answer that is not 302."""

    requests: int
    duration_s: float
    p50_ms: float
    p99_ms: float
    unexpected: int
    socket_errors: int
    generator_cpu_s: float = 0

    @property
    def per_s(self) -> float:
        return self.requests / self.duration_s

    @property
    def generator_share(self) -> float:
        """Of one core."""
        return self.generator_cpu_s / self.duration_s


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        raise BenchError("wrk is missing, and without it nothing here makes load (Debian: apt-get install wrk)")


def write_requests(path: Path, host: str, slugs: Sequence[str], headers: Sequence[str]) -> Path:
    """Requests for the slugs in order, the header sets in turn, as wrk.lua reads them."""
    requests = (
        f"GET /{slug} HTTP/1.1\r\nHost: {host}\r\n{headers[number % len(headers)]}\r\n"
        for number, slug in enumerate(slugs)
    )
    path.write_bytes("\0".join(requests).encode())
    return path


def load(port: int, requests: Path, seconds: int, *, is_checked: bool = False) -> Load:
    """Send the requests over and over for so many seconds."""
    mode = ["again", "check"] if is_checked else ["again"]
    before_s = _read_children_cpu_s()
    finished = subprocess.run(_make_command(port, requests, seconds, mode), capture_output=True, text=True, check=False)
    measured = read_result(finished.stdout, finished.stderr)
    return msgspec.structs.replace(measured, generator_cpu_s=_read_children_cpu_s() - before_s)


def send_once(port: int, requests: Path, is_done: Callable[[], bool], deadline_s: int = 120) -> None:
    """Send each request once and return when `is_done`, which is asked four times a second."""
    command = _make_command(port, requests, deadline_s, ["once"])
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not is_done():
            try:
                process.wait(0.25)
            except subprocess.TimeoutExpired:
                continue
            raise BenchError(f"wrk ended before every request was answered:\n{process.stderr}")
        process.send_signal(signal.SIGINT)
        printed, complaints = process.communicate()
    read_result(printed, complaints)


def _make_command(port: int, requests: Path, seconds: int, mode: list[str]) -> list[str]:
    shape = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT), f"http://127.0.0.1:{port}"]
    return ["wrk", *shape, "--", str(requests), *mode]


def read_result(printed: str, complaints: str) -> Load:
    try:
        measured = msgspec.json.decode(printed.strip().rpartition("\n")[2], type=Load)
    except msgspec.DecodeError as error:
        raise BenchError(f"wrk failed:\n{printed}\n{complaints}") from error
    if measured.unexpected or measured.socket_errors:
        raise BenchError(f"{measured.unexpected} answers were no redirect, {measured.socket_errors} sockets failed")
    return measured


def _read_children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
