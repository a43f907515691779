"""The one place that reads the clock, so that tests can hold it still; and moments as milliseconds since 1970."""

import datetime as dt
import time
from typing import Final

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MS: Final = dt.timedelta(milliseconds=1)


def utc_now() -> dt.datetime:
    return dt.datetime.fromtimestamp(now_ms() / 1000, dt.UTC)


def uptime_s() -> float:
    """Seconds that only grow, also while the machine sleeps: for what is out of date after a time."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def now_ms() -> int:
    """Milliseconds since the Unix epoch: the resolution of a click id."""
    return time.time_ns() // 1_000_000


def now_ns() -> int:
    """Nanoseconds since the Unix epoch, for traces."""
    return time.time_ns()


def read_ms(at_ms: int) -> dt.datetime:
    """Exact, as milliseconds of floats are not."""
    return EPOCH + at_ms * _MS


def write_ms(moment: dt.datetime) -> int:
    """The whole milliseconds since the Unix epoch."""
    return (moment - EPOCH) // _MS
