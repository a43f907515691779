"""All that the programs tell those who run them: logs, pages of metrics, and traces, sent to a collector of ours."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx2

from tests.e2e.system import System


class _Collector(HTTPServer):
    """As much of an OpenTelemetry collector as it takes: texts stand as they are in what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.spans = b""


class _Taking(BaseHTTPRequestHandler):
    server: _Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.spans += gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- the name in http.server
        """Nothing."""


class Told:
    def __init__(self, collector: _Collector) -> None:
        self._collector = collector

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._collector.server_port}"

    async def read_spans(self) -> str:
        return self._collector.spans.decode(errors="replace")


@contextmanager
def collecting_traces() -> Iterator[Told]:
    collector = _Collector()
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    try:
        yield Told(collector)
    finally:
        collector.shutdown()
        thread.join()
        collector.server_close()


async def read_metrics(*ports: int) -> str:
    """The pages of all these listeners."""
    async with httpx2.AsyncClient(timeout=30) as client:
        answers = [await client.get(f"http://127.0.0.1:{port}/metrics") for port in ports]
    assert [answer.status_code for answer in answers] == [200] * len(ports)
    return "\n".join(answer.text for answer in answers)


def read_logs(system: System) -> dict[str, str]:
    """By file: those of the programs and of the servers."""
    found: list[Path] = sorted(system.state.rglob("*.log"))
    return {path.name: path.read_text(errors="replace") for path in found}
