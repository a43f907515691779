"""Which amount holds of an order that several reports tell of, and what it pays. Pure."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from tracking.conversions.kinds import Proof, Source
from tracking.errors import InvalidInputError
from tracking.money import Money, to_minor
from tracking.offers.events import OfferEvent, find_event
from tracking.offers.payouts import compute_payout


class Report(NamedTuple):
    """One distinct report of a conversion, as it is stored. `revenue` is in major units, never negative."""

    source: Source
    proof: Proof
    revenue: Decimal | None
    currency: str | None
    occurred_at: dt.datetime | None
    received_at: dt.datetime
    click_ids: tuple[UUID, ...]
    visitor_keys: tuple[bytes, ...]
    link_id: int | None
    offer_id: int | None
    coupon: str | None
    ruled_at: dt.datetime | None  # when a person said that this amount holds


class Said(NamedTuple):
    """An amount as reports name it; a currency of None is the offer's, else the account's."""

    revenue: Decimal
    currency: str | None

    def agrees_with(self, other: "Said") -> bool:
        """A report that names no currency means the same one."""
        return self.revenue == other.revenue and (
            self.currency == other.currency or self.currency is None or other.currency is None
        )


class Amounts(NamedTuple):
    """`holds` is None where no report names an amount. `others` are at odds with it, each once."""

    holds: Said | None
    others: tuple[Said, ...]


def rank_report(report: Report) -> tuple[bool, float, int, float, str]:
    """The first is the one that holds: a person's word, then proof, then who came first."""
    ruled_at = report.ruled_at.timestamp() if report.ruled_at else 0.0
    said = f"{report.revenue} {report.currency}"
    return report.ruled_at is None, -ruled_at, -report.proof, report.received_at.timestamp(), said


def find_amounts(reports: Iterable[Report]) -> Amounts:
    ranked = sorted((report for report in reports if report.revenue is not None), key=rank_report)
    said = [Said(report.revenue, report.currency) for report in ranked if report.revenue is not None]
    if not said:
        return Amounts(None, ())
    holds = said[0]
    others: list[Said] = []
    for each in said[1:]:
        if each.agrees_with(holds):
            holds = holds._replace(currency=holds.currency or each.currency)
    for each in said[1:]:
        if not each.agrees_with(holds) and not any(each.agrees_with(other) for other in others):
            others.append(each)
    return Amounts(holds, tuple(others))


def value_said(said: Said | None, default: Money | None, currency: str) -> Money | None:
    """What an order is worth; `currency` is for amounts without one. Raises InvalidInputError when it has not so many
    digits, which no door could know.
    """
    if said is None:
        return default
    of = said.currency or currency
    return Money(to_minor(said.revenue.normalize() + 0, of, "revenue"), of)


def find_default_value(events: Sequence[OfferEvent], event: str) -> Money | None:
    terms = find_event(events, event)
    return terms.default_value if terms else None


def pay_back(events: Sequence[OfferEvent], event: str, before: Money, after: Money) -> Money | None:
    """What giving back from `before` to `after` takes of a payout, negative: so that all parts take what all paid."""
    paid, kept = compute_payout(events, event, before), compute_payout(events, event, after)
    if paid is None or kept is None or paid == kept:
        return None
    return Money(kept.amount_minor - paid.amount_minor, paid.currency)


def is_storable(said: Said, currency: str) -> bool:
    try:
        value_said(said, None, currency)
    except InvalidInputError:
        return False
    return True
