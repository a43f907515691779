"""What a test knows of an account's orders, kept in memory: the terms, the clicks, and every report as it came."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from tracking.conversions.event import ConversionEvent, find_conversion_id

CORRECTIONS: Final = ("refund", "chargeback", "void")
UNIX: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class KnownOffer(NamedTuple):
    currency: str | None = None
    window: dt.timedelta | None = None
    model: str | None = None
    pays_fixed: Mapping[str, tuple[int, str]] = MappingProxyType({})
    pays_basis_points: Mapping[str, int] = MappingProxyType({})
    default_value: Mapping[str, tuple[int, str]] = MappingProxyType({})


class KnownLink(NamedTuple):
    """Its labels, as every click of it has them."""

    link_id: int
    creator_id: int | None = None
    campaign_id: int | None = None
    message_id: int | None = None
    contact_id: int | None = None
    offer_id: int | None = None


@dataclass
class KnownClick:
    click_id: UUID
    account_id: int
    clicked_at: dt.datetime
    link: KnownLink
    visitor_key: bytes
    is_stored: bool = False
    is_gone: bool = False  # kept no more
    is_counted: bool = False


@dataclass
class KnownTerms:
    currency: str = "EUR"
    model: str = "FIRST_CLICK"
    window: dt.timedelta = dt.timedelta(days=28)
    approves_unverified: bool = False
    counted: frozenset[str] = frozenset({"lead", "sale", "install", "signup", "demo"})
    counted_of_campaigns: dict[int, frozenset[str]] = field(default_factory=dict)
    windows_of_campaigns: dict[int, dt.timedelta] = field(default_factory=dict)
    offers: dict[int, KnownOffer] = field(default_factory=dict)
    links: dict[int, KnownLink] = field(default_factory=dict)
    coupons: dict[str, int] = field(default_factory=dict)


@dataclass
class KnownReport:
    """`ruled` is the number of the ruling that said that its amount holds."""

    event: ConversionEvent
    received_at: dt.datetime
    ruled: int = 0

    @property
    def said(self) -> tuple[Decimal, str] | None:
        return (Decimal(self.event.revenue), self.event.currency) if self.event.revenue else None

    @property
    def is_proven(self) -> bool:
        return self.event.proof > 0


@dataclass
class KnownConversion:
    """All reports of one key, and the number in which the first of them came.

    `earned_by` was its click when that was deleted, `earned_within` the window and `earned_from` the reports of then;
    `remembered` are clicks that its visitor or contact had made, and whether a proven report led to them.
    """

    number: int
    event: ConversionEvent
    reports: list[KnownReport] = field(default_factory=list)
    ruling: str | None = None
    earned_by: KnownClick | None = None
    earned_within: dt.timedelta = dt.timedelta()
    earned_from: list[KnownReport] = field(default_factory=list)
    remembered: dict[UUID, bool] = field(default_factory=dict)
    is_over_cap: bool = False

    @property
    def conversion_id(self) -> UUID:
        event = self.event
        return UUID(bytes=find_conversion_id(event.account_id, event.order_key, event.event, event.part))

    @property
    def is_correction(self) -> bool:
        return self.event.event in CORRECTIONS


@dataclass
class KnownAccount:
    account_id: int
    terms: KnownTerms
    clicks: dict[UUID, KnownClick] = field(default_factory=dict)
    orders: dict[str, dict[UUID, KnownConversion]] = field(default_factory=dict)
    rulings: int = 0

    def learn(self, event: ConversionEvent) -> None:
        """The same report again says nothing but that it may have come earlier."""
        order = self.orders.setdefault(event.order_key, {})
        fresh = KnownConversion(sum(map(len, self.orders.values())), event)
        conversion = order.setdefault(fresh.conversion_id, fresh)
        received_at = UNIX + dt.timedelta(milliseconds=event.received_at_ms)
        for each in conversion.reports:
            if say(each.event) == say(event):
                each.received_at = min(each.received_at, received_at)
                return
        conversion.reports.append(KnownReport(event, received_at))

    def list_conversions(self) -> list[KnownConversion]:
        return [each for order in self.orders.values() for each in order.values()]


def say(event: ConversionEvent) -> tuple[object, ...]:
    """All that a report says but when it came."""
    amount = event.revenue and Decimal(event.revenue), event.currency
    leads = frozenset(event.click_ids), frozenset(event.visitor_keys), event.link_id, event.offer_id
    return event.source, event.proof, *amount, event.occurred_at_ms, *leads, event.coupon.lower(), event.page_host
