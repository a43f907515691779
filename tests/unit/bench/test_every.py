"""All benches after each other: one that gives no figures, or misses a gate, fails the whole."""

import subprocess
import sys

import pytest

from bench.every import run_every
from creatrail.embedded.folders import PROJECT


def test_a_bench_without_figures_fails_the_whole(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_every(["no such bench"], is_full=False, is_documented=False) == 1
    assert "bench: no figures: no such bench" in capfd.readouterr().err


def test_a_missed_gate_fails_its_bench(capfd: pytest.CaptureFixture[str]) -> None:
    """In a process that runs a bench of its own in place of one of ours."""
    planted = """
import sys, types
from bench import __main__ as bench
from bench.figures import Figure, Gate, Outcome
module = types.ModuleType("bench.planted")
module.run = lambda rounds: Outcome("planted", figures=[Figure("rate", {value}, Gate(0.5))])
sys.modules["bench.planted"] = module
sys.argv = ["bench", "graph", "--json"]
bench.BENCHES["graph"] = ("bench.planted", "planted")
sys.exit(bench.main())
"""
    for value, code in ((0.4, 1), (0.6, 0)):
        done = subprocess.run([sys.executable, "-c", planted.format(value=value)], cwd=PROJECT, check=False)
        assert done.returncode == code
    assert "0.5: MISSED" in capfd.readouterr().out
