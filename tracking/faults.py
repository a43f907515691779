"""Crash points for tests that kill processes at the worst moment. Unset, as in production, they cost one look-up."""

import os
import random

_CRASH_STATUS = 9
_armed: dict[str, float] = {}


def arm_faults(faults: str) -> None:
    """Take `point:probability,...` from the settings. ValueError when it is not that."""
    _armed.clear()
    for part in filter(None, (part.strip() for part in faults.split(","))):
        point, _, probability = part.partition(":")
        _armed[point] = float(probability or 1)


def maybe_crash(point: str) -> None:
    """Die here, as after kill -9, with the probability that was set for this point."""
    if _armed and random.random() < _armed.get(point, 0):  # noqa: S311 -- chance, not a secret
        os._exit(_CRASH_STATUS)
