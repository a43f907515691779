"""What is kept of a request's headers, and how much of it."""

from redirector.facts import Shapes


def test_headers_too_long_for_a_browser_are_read_and_not_remembered() -> None:
    shapes = Shapes()
    usual = {b"user-agent": b"Mozilla/5.0"}
    long = {b"user-agent": b"Mozilla/5.0 " + b"x" * 4_096}
    assert shapes.read(usual, "GET", "http") is shapes.read(usual, "GET", "http")
    assert shapes.read(long, "GET", "http") is not shapes.read(long, "GET", "http")
    assert shapes.read(long, "GET", "http") == shapes.read(long, "GET", "http")
