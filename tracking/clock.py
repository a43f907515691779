"""The one place that reads the clock, so that tests can hold it still."""

import datetime as dt
import time


def utc_now() -> dt.datetime:
    return dt.datetime.fromtimestamp(now_ms() / 1000, dt.UTC)


def now_ms() -> int:
    """Milliseconds since the Unix epoch: the resolution of a click id."""
    return time.time_ns() // 1_000_000
