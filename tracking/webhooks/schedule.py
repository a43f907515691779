"""When a delivery is tried again, and when no more. Pure."""

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import Final

# Before the first attempt, before the second, and so on: about 75 hours in all.
WAITS_S: Final = (0, 5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600)
FAILING_LIMIT_S: Final = 3 * 24 * 3_600
# Of that: longer than any wait, so that whoever is called all the time is never silent for so long.
LONGEST_SILENCE: Final = 1 / 2
# So that what failed together does not come back together.
JITTER: Final = 0.1
# Who asks for more patience than this has made a mistake, or is gone.
LONGEST_PATIENCE_S: Final = 3_600.0
GONE: Final = 410
_ASKING_FOR_PATIENCE: Final = frozenset({429, 502, 503, 504})


def find_wait_s(step: int, factor: float, chance: float) -> float | None:
    """How long to wait after the attempt of `step` failed; None when it was the last. `chance` is between 0 and 1."""
    if step + 1 >= len(WAITS_S):
        return None
    return WAITS_S[step + 1] * factor * (1 + JITTER * (2 * chance - 1))


def is_success(status_code: int | None) -> bool:
    """Nothing but 2xx. A redirect is a failure too: following it would send events where nobody asked for them."""
    return status_code is not None and 200 <= status_code < 300


def read_patience_s(status_code: int, retry_after: str, now: dt.datetime) -> float | None:
    """For how long an answer asks to be left alone, by its header Retry-After: seconds, or a moment."""
    if status_code not in _ASKING_FOR_PATIENCE:
        return None
    asked_s = _read_seconds(retry_after.strip(), now)
    return None if asked_s is None or asked_s <= 0 else min(asked_s, LONGEST_PATIENCE_S)


def _read_seconds(retry_after: str, now: dt.datetime) -> float | None:
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:12])
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return (moment - now).total_seconds()
