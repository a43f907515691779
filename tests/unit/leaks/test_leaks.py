"""The search for what no log may tell sees what it is there for, and lets through what may stand there."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks import check_logs, find_leaks
from tests.unit.house.sources import ROOT
from tracking.secret_tokens import make_token

LOGS_AN_E_MAIL = """
import logging

def test_of_a_program_that_logs_a_query():
    logging.getLogger("door").warning("GET /conv?email=anna" + "@" + "mail.example")

def test_of_one_that_does_not():
    logging.getLogger("door").warning("GET /conv")
"""


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(make_token("ct_live_"), id="an API key"),
        "whsec_" + "c2VjcmV0" * 4,
        "Authorization: Bearer " + "e30" * 9,
        "?email=anna@mail.example",
        "?email=anna%40mail.example",
        "client 203.0.113.77:4711",
        "client:203.0.113.77",
        "from 203.0.113.77.",
        "client=198.51.100.9",
        "client [2001:db8:1:2:3::4]",
        "ip='2001:db8::7'",
        "::ffff:203.0.113.77",
    ],
)
def test_what_must_not_be_told_is_found(told: str) -> None:
    assert len(find_leaks(f"2026-11-21T20:19:51.25Z [info] answered {told} status=200")) >= 1


@pytest.mark.parametrize(
    "told",
    [
        "20:19:51 127.0.0.1:8000",
        "listening on 0.0.0.0 and [::1]:80 and ::",
        "network=203.0.113.0 of 2001:db8:7::",
        "Chrome/156.0.0.0",
        "version 9.1.2.post2",
        "tests/a.py::test_b",
        "key ct_live_abcdefgh",
        "postgresql://creatrail@localhost/creatrail",
    ],
)
def test_what_may_be_told_is_not(told: str) -> None:
    assert find_leaks(told) == []


def test_what_a_test_planted_is_found_wherever_it_stands() -> None:
    assert find_leaks("order=tx-plain-77 of nobody", ["plain-77", "absent"]) == ["order=tx-plain-77"]


def test_a_log_with_a_query_string_is_found(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "redirector.log").write_text("GET /conv?secret=" + make_token("ct_post_"))

    with pytest.raises(AssertionError, match=r"redirector\.log tells"):
        check_logs(tmp_path)


def test_a_test_whose_program_logs_a_query_string_fails(tmp_path: Path) -> None:
    (tmp_path / "test_planted.py").write_text(LOGS_AN_E_MAIL)
    command = [sys.executable, "-m", "pytest", "-p", "tests.leak_check", "-p", "no:cacheprovider", str(tmp_path)]

    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert "1 failed, 1 passed" in done.stdout
    assert "printed or logged what no log may tell" in done.stdout
