"""What the audience of a demo buys is the same every time, and is told as shops tell it."""

import datetime as dt
from collections import Counter
from itertools import chain
from zoneinfo import ZoneInfo

import pytest

from creatrail.seed.cast import CREATORS
from creatrail.seed.goods import APPETITES, COUPONS, GOODS, OFFERS, Goods
from creatrail.seed.plan import plan_links
from creatrail.seed.shopping import Shoppers, Wish, report_coupons
from creatrail.seed.traffic import HOURS, Audience, SeededLink, generate_days
from tracking.clicks.ids import read_click_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import CORRECTIONS, Proof, find_kind
from tracking.creators.models import Platform

ENDS_AT = dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC)
AUDIENCE = Audience(account_id=5, zone=ZoneInfo("Europe/Berlin"), ends_at=ENDS_AT, seed=1)
SHOP, QUIET = (SeededLink(number, 1, 7, Platform.INSTAGRAM, 1, 0, HOURS) for number in (10, 11))
WISHES = {SHOP.link_id: Wish(Goods("sale", 300, ("19.99", "89.00")), 0.3, 9, is_swiss=True)}
CLICKS = 3_000
COUPON_OFFERS = {coupon.offer: number for number, coupon in enumerate(COUPONS, 1)}


def shop() -> tuple[Shoppers, list[ConversionEvent]]:
    shoppers = Shoppers(WISHES)
    clicks = chain.from_iterable(shoppers.watch(generate_days(AUDIENCE, [SHOP, QUIET], CLICKS)))
    assert sum(1 for _ in clicks) == CLICKS
    return shoppers, list(shoppers.report(AUDIENCE))


@pytest.fixture(scope="module")
def told() -> list[ConversionEvent]:
    return shop()[1]


def test_the_same_clicks_buy_the_same(told: list[ConversionEvent]) -> None:
    assert shop()[1] == told
    assert [*report_coupons(AUDIENCE, COUPON_OFFERS)] == [*report_coupons(AUDIENCE, COUPON_OFFERS)]


def test_people_buy_after_their_click_on_a_link_that_sells(told: list[ConversionEvent]) -> None:
    shoppers, _ = shop()
    named = {click_id for report in told for click_id in report.click_ids}

    assert {click.link_id for click in shoppers.buyers} == {SHOP.link_id}
    assert 0.2 < len(shoppers.buyers) / (CLICKS / 2) < 0.3
    assert named <= {click.click_id for click in shoppers.buyers}
    assert all(read_click_ms(report.click_ids[0]) < report.received_at_ms for report in told if report.click_ids)
    assert max(report.received_at_ms for report in told) < ENDS_AT.timestamp() * 1000


def test_an_order_is_told_by_the_page_by_the_server_or_by_both(told: list[ConversionEvent]) -> None:
    orders: dict[str, set[int]] = {}
    for report in told:
        if find_kind(report.event) not in CORRECTIONS:
            orders.setdefault(report.txn_id, set()).add(report.proof)

    assert set(map(frozenset, orders.values())) == {
        frozenset({Proof.NONE}),
        frozenset({Proof.SIGNATURE}),
        frozenset({Proof.NONE, Proof.SIGNATURE}),
    }
    assert {report.currency for report in told} == {"EUR", "CHF"}


def test_what_is_given_back_was_sold_for_as_much_or_more(told: list[ConversionEvent]) -> None:
    sold = {report.txn_id: report for report in told if report.event == "sale"}
    refunds = [report for report in told if report.event == "refund"]

    assert refunds
    assert all(report.proof == Proof.SIGNATURE and report.part for report in refunds)
    assert {report.currency == sold[report.txn_id].currency for report in refunds} == {True}
    assert all(float(report.revenue) <= float(sold[report.txn_id].revenue) for report in refunds)


def test_every_page_that_links_lead_to_sells_something() -> None:
    assert {plan.destination_url for plan in plan_links()} == set(GOODS)
    assert set(APPETITES) <= {creator.handle for creator in CREATORS}
    assert {goods.offer for goods in GOODS.values()} - {None} == {offer.fields.external_id for offer in OFFERS}


def test_codes_are_used_by_turns() -> None:
    used = Counter(report.coupon for report in report_coupons(AUDIENCE, COUPON_OFFERS))

    assert used == {"TOM10": 4, "ONEPOT": 4, "MIRA10": 3}
