"""When a schedule runs: cron expressions by the clocks of an account. Pure.

An hour of the day that the clocks skip runs at the instant they jump to, and one that comes twice runs once. `*` for
the hour means every hour that passes.
"""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from tracking.errors import InvalidInputError

MAX_CHARS: Final = 100
_FIELDS: Final = 5
_MINUTE: Final = re.compile(r"[0-9]{1,2}", re.ASCII)
# Beside a number, names of months and days, and what cronsim adds: L, LW and #.
_ALLOWED: Final = re.compile(r"[0-9A-Za-z*,/#\- ]+", re.ASCII)


def check_cron(expression: str) -> str:
    """With one blank between fields. Raises InvalidInputError."""
    fields = expression.split()
    fits = len(expression) <= MAX_CHARS and _ALLOWED.fullmatch(expression) and len(fields) == _FIELDS
    if not fits:
        raise InvalidInputError("cron has five fields: minute, hour, day of month, month, day of week", ("cron",))
    if not _MINUTE.fullmatch(fields[0]):
        raise InvalidInputError("the minute of cron is one number: an export runs at most once an hour", ("cron",))
    try:
        runs = list_runs(" ".join(fields), dt.datetime(2024, 1, 1, tzinfo=dt.UTC), ZoneInfo("UTC"))
        if next(runs, None) is None:
            raise InvalidInputError("cron names a day that never comes", ("cron",))
    except CronSimError as error:
        message = f"cron cannot be read: {str(error).lower()}; 0 6 * * MON is Mondays at six"
        raise InvalidInputError(message, ("cron",)) from error
    return " ".join(fields)


def list_runs(expression: str, after: dt.datetime, zone: ZoneInfo) -> Iterator[dt.datetime]:
    """The runs later than `after`, in UTC."""
    fields = expression.split()
    # Only an hour that does not start with a star is one of the day, for cronsim: */6 means 0, 6, 12 and 18 o'clock.
    fields[1] = re.sub(r"^\*/", "0-23/", fields[1])
    for run in CronSim(" ".join(fields), after.astimezone(zone)):
        at = run.astimezone(dt.UTC)
        if at > after:  # the repeated hour of autumn starts before what comes in it for the second time
            yield at


def find_next_run(expression: str, after: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    return next(list_runs(expression, after, zone), None)


def find_last_run(expression: str, due_at: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Of a run that was due, and all that came due since: the last. Who was away for a day makes it once."""
    later = itertools.takewhile(lambda run: run <= now, list_runs(expression, due_at, zone))
    return max(later, default=due_at)
