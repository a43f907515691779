"""Loops that outlive outages."""

import asyncio

import pytest

from worker.patience import FIRST_PAUSE_S, LONGEST_PAUSE_S, Backoff, ReportSuccess, keep_running


def test_pauses_double_up_to_ten_seconds_with_jitter() -> None:
    backoff = Backoff()

    pauses = [backoff.next_pause_s() for _ in range(10)]

    for step, pause_s in enumerate(pauses):
        longest_s = min(FIRST_PAUSE_S * 2**step, LONGEST_PAUSE_S)
        assert longest_s / 2 <= pause_s <= longest_s


def test_after_a_success_pauses_are_short_again() -> None:
    backoff = Backoff()
    for _ in range(10):
        backoff.next_pause_s()

    backoff.reset()

    assert backoff.next_pause_s() <= FIRST_PAUSE_S


@pytest.mark.parametrize("error", [OSError("gone"), ExceptionGroup("lanes", [ValueError("odd")])])
async def test_work_that_fails_is_done_again_until_stopping(error: Exception) -> None:
    stopping = asyncio.Event()
    tries = 0

    async def work(report_success: ReportSuccess) -> None:
        nonlocal tries
        tries += 1
        report_success()
        if tries == 3:
            stopping.set()
            return
        raise error

    await keep_running("test", work, stopping)

    assert tries == 3
