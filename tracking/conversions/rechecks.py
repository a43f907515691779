"""When to look at a conversion again, because something it depends on may still come. Pure."""

import datetime as dt
from typing import Final

from tracking.conversions.corrections import SALE_AWAITED
from tracking.conversions.deciding import Decision, Known
from tracking.conversions.kinds import StandingReason

_SHORTEST: Final = dt.timedelta(seconds=1)
_AFTER_ALL: Final = dt.timedelta(seconds=1)


def find_recheck(known: Known, decision: Decision, now: dt.datetime, late: dt.timedelta) -> dt.datetime | None:
    """None: nothing is awaited any more. Pauses grow with what has been waited: some forty looks in seven days.

    The last look comes just after the end, and lets what waited go.
    """
    if decision.standing.reason is StandingReason.SALE_NOT_FOUND:
        end = known.reported_at + SALE_AWAITED
        return end + _AFTER_ALL if now <= end else None
    if decision.sought_at is None or now > decision.sought_at + late:
        return None
    end = decision.sought_at + late
    return min(now + max(_SHORTEST, (now - decision.sought_at) / 2), end + _AFTER_ALL)
