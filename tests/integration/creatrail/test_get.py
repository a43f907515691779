"""`creatrail get` shows an answer as it is, and follows nothing."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from creatrail.get import UnreachableError, print_answer


class Redirecting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"http://{self.headers['Host']}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name of the base class
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Redirecting)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_name_below_localhost_is_this_machine_and_keeps_its_host(port: int) -> None:
    printed = io.StringIO()

    status = print_answer(f"http://demo.localhost:{port}/abc", printed)

    lines = printed.getvalue().splitlines()
    assert status == 302
    assert lines[0] == "HTTP/1.1 302 Found"
    assert f"Location: http://demo.localhost:{port}/elsewhere" in lines


def test_no_server_is_one_clear_line(port: int) -> None:
    with pytest.raises(UnreachableError, match=r"^127\.0\.0\.1:1 did not answer: .*refused"):
        print_answer("http://127.0.0.1:1/", io.StringIO())


def test_another_scheme_is_refused() -> None:
    with pytest.raises(UnreachableError, match="not an http or https URL"):
        print_answer("file:///etc/passwd", io.StringIO())
