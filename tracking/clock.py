"""The one place that reads the clock, so that tests can hold it still."""

import datetime as dt
import time


def utc_now() -> dt.datetime:
    return dt.datetime.fromtimestamp(now_ms() / 1000, dt.UTC)


def uptime_s() -> float:
    """Seconds that only grow, also while the machine sleeps: for what is out of date after a time."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def now_ms() -> int:
    """Milliseconds since the Unix epoch: the resolution of a click id."""
    return time.time_ns() // 1_000_000
