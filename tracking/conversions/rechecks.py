"""When to look at a conversion again, because something it depends on may still come. Pure."""

import datetime as dt
from typing import Final

from tracking.conversions.corrections import SALE_AWAITED
from tracking.conversions.deciding import Decision, Known
from tracking.conversions.kinds import Proof, StandingReason
from tracking.conversions.state import find_received_at

_SHORTEST: Final = dt.timedelta(seconds=1)
_AFTER_ALL: Final = dt.timedelta(seconds=1)


def find_recheck(known: Known, decision: Decision, now: dt.datetime, late: dt.timedelta) -> dt.datetime | None:
    """None: nothing is awaited any more. Pauses grow with what has been waited: some forty looks in seven days.

    The last look comes just after the end, and lets what waited go.
    """
    if decision.standing.reason is StandingReason.SALE_NOT_FOUND:
        end = find_received_at(known) + SALE_AWAITED
        return end + _AFTER_ALL if now <= end else None
    end = known.named_at + late
    if now > end or not _is_open(known, decision):
        return None
    return min(now + max(_SHORTEST, (now - known.named_at) / 2), end + _AFTER_ALL)


def _is_open(known: Known, decision: Decision) -> bool:
    """A click that is not there, earlier clicks of the same visitor, or one that is to be believed after all."""
    if decision.missing or any(report.visitor_keys for report in known.reports):
        return True
    is_vouched_for = known.proof is not Proof.NONE and any(report.click_ids for report in known.reports)
    return is_vouched_for and decision.standing.reason is StandingReason.CLICK_NOT_COUNTED
