"""Which amount holds of an order that several reports tell of, and what it pays. Pure."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
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


def _names_nothing(_: Report) -> bool:
    return False


def find_amounts(reports: Collection[Report], names_click: Callable[[Report], bool] = _names_nothing) -> Amounts:
    """`names_click` tells reports that name the click which is credited: without a proof they are surer than others.

    What is less sure than the surest gives neither amount nor currency to what that left out.
    """

    def rank(report: Report) -> tuple[Any, ...]:
        by_a_person, ruled_at, proof, *rest = rank_report(report)
        return by_a_person, ruled_at, proof, not names_click(report), *rest

    def is_sure(report: Report) -> bool:
        return report.ruled_at is not None or report.proof is not Proof.NONE or names_click(report)

    is_any_sure = any(map(is_sure, reports))
    ranked = [
        (Said(report.revenue, report.currency), is_sure(report) or not is_any_sure)
        for report in sorted(reports, key=rank)
        if report.revenue is not None
    ]
    believed = [said for said, is_believed in ranked if is_believed]
    holds = believed[0] if believed else None
    for each in believed[1:]:
        if holds is not None and each.agrees_with(holds):
            holds = holds._replace(currency=holds.currency or each.currency)
    others: list[Said] = []
    for each, _ in ranked:
        if (holds is None or not each.agrees_with(holds)) and not any(each.agrees_with(other) for other in others):
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
