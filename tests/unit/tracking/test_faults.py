"""Crash points do nothing unless a test asks for them."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tracking.faults import arm_faults, maybe_crash


@pytest.fixture(autouse=True)
def disarm() -> Iterator[None]:
    yield
    arm_faults("")


def test_nothing_happens_at_a_point_that_is_not_set() -> None:
    arm_faults("after_read:1, before_commit:0")

    maybe_crash("after_commit")
    maybe_crash("before_commit")


def test_a_point_that_is_set_ends_the_process_at_once() -> None:
    program = (
        "import atexit; from tracking.faults import arm_faults, maybe_crash;"
        "atexit.register(print, 'cleaned up'); arm_faults('here'); maybe_crash('here')"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert (ended.returncode, ended.stdout) == (9, b"")


def test_a_probability_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="often"):
        arm_faults("after_read:often")
