"""Hours and days of an account's time zone as the UTC instants at which they start. Pure; used by everyone who counts.

A change of the clocks cuts hours: the hour that is repeated in autumn is two buckets, and where clocks move by less
than an hour the cut hour starts at the change. So buckets never overlap, and every instant is in exactly one.
"""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

TOTAL_BUCKET = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_HOUR = dt.timedelta(hours=1)
_MINUTE_MS = 60_000


class Buckets(NamedTuple):
    day: dt.date
    hour_at: dt.datetime
    day_at: dt.datetime


def find_buckets(at_ms: int, zone: ZoneInfo) -> Buckets:
    """The buckets of an instant. Exact from 1972 on, since when clocks have changed at whole minutes."""
    return _find_minute_buckets(at_ms // _MINUTE_MS, zone)


@lru_cache(maxsize=100_000)
def _find_minute_buckets(minute: int, zone: ZoneInfo) -> Buckets:
    at = dt.datetime.fromtimestamp(minute * 60, dt.UTC)
    day = at.astimezone(zone).date()
    return Buckets(day=day, hour_at=find_hour_start(at, zone), day_at=find_day_start(day, zone))


def find_hour_start(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    local = at.astimezone(zone)
    start = at - (local - local.replace(minute=0, second=0, microsecond=0))
    if start.astimezone(zone).utcoffset() == local.utcoffset():
        return start.astimezone(dt.UTC)
    return _find_first(lambda moment: moment.astimezone(zone).utcoffset() == local.utcoffset(), start, at)


@lru_cache(maxsize=20_000)
def find_day_start(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first instant of a calendar day: not always midnight, since clocks may skip it."""
    midnight = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    if midnight.astimezone(zone).date() == day and (midnight - dt.timedelta(seconds=1)).astimezone(zone).date() < day:
        return midnight
    low, high = midnight - 3 * _HOUR, midnight + 3 * _HOUR
    return _find_first(lambda moment: moment.astimezone(zone).date() >= day, low, high)


def find_hour_after(hour_at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The start of the bucket that follows this one."""
    later = hour_at + _HOUR
    if hour_at.astimezone(zone).utcoffset() == later.astimezone(zone).utcoffset():
        return find_hour_start(later, zone)
    return _find_first(lambda moment: find_hour_start(moment, zone) > hour_at, hour_at, later)


def _find_first(is_after: Callable[[dt.datetime], bool], low: dt.datetime, high: dt.datetime) -> dt.datetime:
    """The first whole second after `low` at which the condition holds, given that it holds at `high` and stays."""
    before, after = int(low.timestamp()), int(high.timestamp())
    while after - before > 1:
        middle = (before + after) // 2
        if is_after(dt.datetime.fromtimestamp(middle, dt.UTC)):
            after = middle
        else:
            before = middle
    return dt.datetime.fromtimestamp(after, dt.UTC)
