from pathlib import Path

import pytest

from bench import wrk
from bench.browsers import make_header_sets, make_user_agents
from bench.programs import BenchError

RESULT = '{"requests":900,"duration_s":2.0,"p50_ms":1.0,"p99_ms":4.5,"unexpected":%d,"socket_errors":0}'


class TestResult:
    def test_the_last_line_is_read(self) -> None:
        load = wrk.read_result("Running 2s test\n  450 requests/sec\n" + RESULT % 0 + "\n", "")

        assert (load.requests, load.per_s, load.p99_ms) == (900, 450, 4.5)

    @pytest.mark.parametrize("printed", ["", "unable to connect", RESULT % 1])
    def test_a_run_with_a_wrong_answer_or_without_a_result_is_no_measurement(self, printed: str) -> None:
        with pytest.raises(BenchError):
            wrk.read_result(printed, "")


class TestRequests:
    def test_every_link_is_asked_for_once_with_the_browsers_in_turn(self, tmp_path: Path) -> None:
        browsers = ["User-Agent: 1\r\n", "User-Agent: 2\r\n"]

        path = wrk.write_requests(tmp_path / "requests", "a.localhost", ["x", "y", "z"], browsers)

        assert path.read_bytes().decode().split("\0") == [
            f"GET /{slug} HTTP/1.1\r\nHost: a.localhost\r\nUser-Agent: {number}\r\n\r\n"
            for slug, number in (("x", 1), ("y", 2), ("z", 1))
        ]

    def test_the_audience_is_a_dozen_browsers(self) -> None:
        sets = make_header_sets()

        assert len(set(sets)) == 12
        assert all("\r\nUser-Agent: Mozilla/5.0" in headers for headers in sets)

    def test_user_agents_are_distinct_and_every_twentieth_is_a_crawler(self) -> None:
        agents = make_user_agents(1_000)

        assert len(set(agents)) == 1_000
        assert b"Googlebot" in agents[19]

    def test_without_wrk_the_bench_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        with pytest.raises(BenchError, match="apt-get install wrk"):
            wrk.require_wrk()
