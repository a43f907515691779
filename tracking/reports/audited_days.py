"""Which days an audit or a repair looks at. Apart, since the command line names days without loading either."""

import datetime as dt
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from tracking.reports.buckets import TOTAL_BUCKET, find_day_start

NEVER: Final = dt.datetime.max.replace(tzinfo=dt.UTC)


class AuditedDays(NamedTuple):
    """Of the account's calendar, both inclusive; None is without end. Totals have none: they are always looked at."""

    first: dt.date | None = None
    last: dt.date | None = None

    def find_bounds(self, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
        start = find_day_start(self.first, zone) if self.first else TOTAL_BUCKET
        until = find_day_start(self.last + dt.timedelta(days=1), zone) if self.last else NEVER
        return start, until
