"""To whom an order belongs and how it stands, in the words of the oracle."""

import datetime as dt
from decimal import Decimal
from typing import Final, NamedTuple

from tests.crediting.known import UNIX, KnownClick, KnownLink
from tracking.conversions.kinds import Method, StandingReason, Status, Trust

NO_LINK: Final = KnownLink(0)

Money = tuple[int, str]


class Credit(NamedTuple):
    """To whom it belongs. `why_not` has every reason for which it could belong to nobody."""

    method: Method = Method.NONE
    is_proven: bool = False
    occurred_at: dt.datetime = UNIX
    click: KnownClick | None = None
    link: KnownLink = NO_LINK
    offer_id: int | None = None
    why_not: frozenset[StandingReason] = frozenset()


class Standing(NamedTuple):
    status: Status
    reasons: frozenset[StandingReason]
    trust: Trust
    credit: Credit
    occurred_at: dt.datetime
    value: Money | None = None
    payout: Money | None = None
    others: frozenset[tuple[Decimal, str]] = frozenset()
