"""A package with a known hole fails `./dev check`; one that nobody could look at does not, and is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.auditing.packages import check_packages, read_answer
from tests.auditing.tools import Outcome, find_tool
from tests.service import find_free_ports

needs_pip_audit = pytest.mark.skipif(find_tool("pip-audit") is None, reason="pip-audit is not installed: ./dev check")
LOCK = "".join(f"{pin} --hash=sha256:{'0' * 64}\n" for pin in ("holey==1.0", "sound==2.0"))
HOLE = {
    "id": "PYSEC-2026-1",
    "summary": "lets everybody in",
    "affected": [
        {
            "package": {"name": "holey", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


class Advisories(BaseHTTPRequestHandler):
    """The protocol of OSV, with one advisory."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        known = {"vulns": [HOLE]} if asked["package"]["name"] == "holey" else {}
        body = json.dumps(known).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- the name in http.server
        """Nothing."""


@contextmanager
def serve_advisories() -> Iterator[list[str]]:
    """The options that make pip-audit ask this server."""
    server = HTTPServer(("127.0.0.1", 0), Advisories)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield ask_at(server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()


def ask_at(port: int) -> list[str]:
    return ["--vulnerability-service", "osv", "--osv-url", f"http://127.0.0.1:{port}/v1/query"]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK)
    return path


@needs_pip_audit
class TestPackages:
    def test_a_pin_with_a_known_hole_is_found_by_the_first_source_that_answers(
        self, lock: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with serve_advisories() as options:
            outcome = check_packages(lock, [ask_at(find_free_ports(1)[0]), options])

        assert outcome == Outcome.FOUND
        assert capsys.readouterr().err == "packages: holey 1.0 has PYSEC-2026-1, fixed in 1.1\n"

    def test_pins_without_one_are_clean(self, lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
        lock.write_text(LOCK.replace("holey", "whole"))
        with serve_advisories() as options:
            outcome = check_packages(lock, [options])

        assert outcome == Outcome.CLEAN
        assert capsys.readouterr().err == "packages: no known hole in 2 packages of requirements.lock\n"

    def test_where_no_source_answers_it_says_that_nothing_was_looked_at(
        self, lock: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        outcome = check_packages(lock, [ask_at(find_free_ports(1)[0])])

        assert outcome == Outcome.NOT_LOOKED
        assert "NOT LOOKED AT, no source of advisories can be reached" in capsys.readouterr().err


class TestAnswers:
    @pytest.mark.parametrize("text", ["", "Traceback", "{}", "[]", '{"dependencies": []}'])
    def test_what_is_no_answer_is_not_taken_for_a_clean_one(self, text: str) -> None:
        assert read_answer(text) is None

    def test_packages_that_a_source_does_not_have_are_named(self) -> None:
        text = '{"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "unknown"}]}'

        assert read_answer(text) == (1, ("b",), ())
