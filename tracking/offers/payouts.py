"""What an event pays, to the minor unit. Pure, and the same whoever asks and whenever."""

from collections.abc import Sequence

from tracking.money import Money
from tracking.offers.events import BASIS_POINTS, OfferEvent, find_event


def compute_payout(events: Sequence[OfferEvent], event: str, revenue: Money | None) -> Money | None:
    """None where nothing is paid: no terms for the event, or a percentage of a revenue that nobody knows.

    `revenue` is negative for what is given back. A percentage of it is negative then, to the unit what the same amount
    earned; a fixed amount was earned by the event and not by its value, so that giving back a part takes none of it.
    A percentage is rounded to whole minor units, halves to the even one: many small sales then neither gain nor lose.
    """
    terms = find_event(events, event)
    if terms is None:
        return None
    if terms.payout is not None:
        return None if revenue is not None and revenue.amount_minor < 0 else terms.payout
    if terms.payout_basis_points is None or revenue is None:
        return None
    return Money(_divide_half_even(revenue.amount_minor * terms.payout_basis_points, BASIS_POINTS), revenue.currency)


def _divide_half_even(number: int, divisor: int) -> int:
    quotient, rest = divmod(number, divisor)
    is_up = 2 * rest > divisor or (2 * rest == divisor and quotient % 2 == 1)
    return quotient + is_up
