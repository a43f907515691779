"""An order: all conversions that share its key, decided together. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from tracking.conversions.corrections import decide_corrections, find_base
from tracking.conversions.deciding import Decision, Known, Terms, Tracks, decide_base


def decide_order(
    conversions: Sequence[Known], tracks: Mapping[UUID, Tracks], terms: Terms, now: dt.datetime, late: dt.timedelta
) -> dict[UUID, Decision]:
    """How each of them stands. The same whatever was recorded first, but for refunds beyond what a sale is worth.

    `late` is how long after a report its click may still come.
    """
    bases = [known for known in conversions if not known.is_correction]
    decided = {
        known.conversion_id: decide_base(known, tracks[known.conversion_id], terms, now, late) for known in bases
    }
    corrections = [known for known in conversions if known.is_correction]
    return decide_corrections(corrections, find_base(bases, decided), decided, terms, now)
