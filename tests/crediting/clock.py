"""A clock that tests hold: windows and waits are the same on every day, and in the week in which clocks change."""

import datetime as dt
from typing import Final

import pytest

from tracking import clock

NOON: Final = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)


class HeldClock:
    """Every look is a millisecond later, as of two words of a person the later one holds."""

    def __init__(self) -> None:
        self.looked = 0

    def __call__(self) -> int:
        self.looked += 1
        return clock.write_ms(NOON) + self.looked


def hold_clock(monkeypatch: pytest.MonkeyPatch) -> HeldClock:
    held = HeldClock()
    monkeypatch.setattr(clock, "now_ms", held)
    return held
