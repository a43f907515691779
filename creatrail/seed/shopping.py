"""What people buy who followed the demo's links, as their browsers and the shop's server report it. Pure.

Who buys, when and what follows from the id of the click alone, so that a seed that begins again reports the same.
"""

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from creatrail.seed.goods import COUPONS, PAGE_HOST, Goods
from creatrail.seed.traffic import HOURS, Audience
from tracking.clicks.event import ClickEvent, Fact
from tracking.clicks.ids import read_click_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Proof, Source

CURRENCY: Final = "EUR"
_FIRST_ORDER: Final = 20_001
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS

_AT_ONCE: Final = 0.7  # of all who buy; the others think about it for days
_BY_PAGE: Final = 0.85
_BY_SERVER: Final = 0.6
_GIVEN_BACK: Final = 0.07
_COUPON_DAYS: Final = 2  # from one order with a code and no click to the next
_NOT_PEOPLE: Final = Fact.PREFETCH | Fact.HEAD | Fact.CLIENT_HINTS_HEADLESS


class Wish(NamedTuple):
    """What who follows a link may buy. `share` is of one."""

    goods: Goods
    share: float
    offer_id: int | None
    is_swiss: bool  # sold in francs to some


class Shoppers:
    """Watches clicks go by, and knows afterwards who bought."""

    def __init__(self, wishes: Mapping[int, Wish]) -> None:
        """By the id of the link."""
        self._wishes = wishes
        self.first: ClickEvent | None = None
        self.buyers: list[ClickEvent] = []

    def watch(self, days: Iterable[list[ClickEvent]]) -> Iterator[list[ClickEvent]]:
        for day in days:
            people = [event for event in day if _is_person(event)]
            self.first = self.first or next(iter(people), None)
            self.buyers += [event for event in people if self._is_buyer(event)]
            yield day

    def report(self, audience: Audience) -> Iterator[ConversionEvent]:
        """Of everything that was bought, or given back, before the audience's end."""
        ends_ms = _to_ms(audience.ends_at)
        for number, click in enumerate(self.buyers, _FIRST_ORDER):
            for told in _report_order(click, self._wishes[click.link_id], f"NL-{number}"):
                if told.received_at_ms < ends_ms:
                    yield told

    def _is_buyer(self, click: ClickEvent) -> bool:
        wish = self._wishes.get(click.link_id)
        return wish is not None and int.from_bytes(click.click_id[12:]) < wish.share * 2**32


def report_coupons(audience: Audience, offer_ids: Mapping[str, int]) -> Iterator[ConversionEvent]:
    """Orders that no click leads to, each with a code;
    offers by external id."""
    begins_ms = _to_ms(audience.ends_at) - HOURS * _HOUR_MS
    chance = audience.take_chances("coupons")
    for number, day in enumerate(range(40, HOURS // 24, _COUPON_DAYS), 1):
        coupon = COUPONS[number % len(COUPONS)]
        yield tell(
            audience.account_id,
            begins_ms + day * _DAY_MS + chance.randrange(8 * _HOUR_MS, 20 * _HOUR_MS),
            is_signed=True,
            txn_id=f"NL-K{number:03}",
            revenue=chance.choice(("89.00", "189.95", "229.95")),
            coupon=coupon.code,
            offer_id=offer_ids[coupon.offer],
        )


def tell(account_id: int, at_ms: int, *, is_signed: bool = False, **changes: Any) -> ConversionEvent:
    """A report of a sale in the account's currency: signed by the shop's server, or by the snippet on its page."""
    report = ConversionEvent(
        received_at_ms=at_ms,
        account_id=account_id,
        source=Source.SIGNED_POSTBACK if is_signed else Source.SNIPPET,
        proof=Proof.SIGNATURE if is_signed else Proof.NONE,
        event="sale",
        txn_id="",
        part="",
        revenue="",
        currency=CURRENCY,
        occurred_at_ms=at_ms if is_signed else None,
        click_ids=[],
        visitor_keys=[],
        link_id=None,
        offer_id=None,
        coupon="",
        page_host="" if is_signed else PAGE_HOST,
    )
    return msgspec.structs.replace(report, **changes)


def _report_order(click: ClickEvent, wish: Wish, txn_id: str) -> Iterator[ConversionEvent]:
    chance = random.Random(click.click_id)  # noqa: S311 -- a play, not a secret
    minutes = chance.lognormvariate(2.5, 1) if chance.random() < _AT_ONCE else chance.expovariate(1 / 5_000)
    at_ms = read_click_ms(click.click_id) + round((1 + minutes) * _MINUTE_MS)
    price = chance.choice(wish.goods.prices) if wish.goods.prices else ""
    currency = "CHF" if wish.is_swiss and chance.random() < 0.15 else CURRENCY
    sold: dict[str, Any] = {"event": wish.goods.event, "txn_id": txn_id, "revenue": price, "currency": currency}
    is_told_by_page = chance.random() < _BY_PAGE
    if is_told_by_page:
        yield tell(click.account_id, at_ms, click_ids=[click.click_id], **sold)
    if not is_told_by_page or chance.random() < _BY_SERVER:
        named = [] if is_told_by_page else [click.click_id]
        yield tell(click.account_id, at_ms + 2_000, is_signed=True, click_ids=named, offer_id=wish.offer_id, **sold)
    if price and chance.random() < _GIVEN_BACK:
        given_back = price if chance.random() < 0.5 else str((Decimal(price) / 4).quantize(Decimal("0.01")))
        took_ms = round(chance.uniform(2, 12) * _DAY_MS)
        refund = {**sold, "event": "refund", "part": f"{txn_id}-R", "revenue": given_back}
        yield tell(click.account_id, at_ms + took_ms, is_signed=True, **refund)


def _is_person(event: ClickEvent) -> bool:
    """Who comes with a browser, as far as the request says so."""
    facts = Fact(event.facts)
    return Fact.SEC_FETCH in facts and Fact.ACCEPT_LANGUAGE in facts and not facts & _NOT_PEOPLE


def _to_ms(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1000)
