from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.money import CURRENCY_DIGITS, MAX_AMOUNT_MINOR, Money
from tracking.offers.events import OfferEvent
from tracking.offers.payouts import compute_payout

pytestmark = pytest.mark.feature("TR21", "R7")

CURRENCIES = st.sampled_from(sorted(CURRENCY_DIGITS))
AMOUNTS = st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR)
BASIS_POINTS = st.integers(0, 10_000)


def take_percent(basis_points: int, revenue: int, currency: str = "EUR") -> int:
    payout = compute_payout([OfferEvent("sale", None, basis_points)], "sale", Money(revenue, currency))
    assert payout is not None
    assert payout.currency == currency
    return payout.amount_minor


@pytest.mark.parametrize(
    ("basis_points", "revenue", "payout"),
    [
        (1_000, 1_250, 125),
        (750, 9_999, 750),
        (5_000, 1, 0),  # half a cent, to the even 0
        (5_000, 3, 2),  # a cent and a half, to the even 2
        (5_000, 5, 2),  # two and a half, to the even 2
        (5_000, -1, 0),
        (5_000, -3, -2),
        (1, 5_000, 0),
        (1, 5_001, 1),
        (0, 1_250, 0),
        (10_000, 1_250, 1_250),
        (10_000, -1_250, -1_250),
    ],
)
def test_a_percentage_is_whole_minor_units_with_halves_to_the_even_one(
    basis_points: int, revenue: int, payout: int
) -> None:
    assert take_percent(basis_points, revenue) == payout


@given(BASIS_POINTS, AMOUNTS, CURRENCIES)
def test_a_percentage_is_what_decimals_say(basis_points: int, revenue: int, currency: str) -> None:
    exact = Decimal(revenue) * Decimal(basis_points) / Decimal(10_000)

    assert take_percent(basis_points, revenue, currency) == int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))


@given(BASIS_POINTS, AMOUNTS)
def test_giving_all_of_a_sale_back_takes_all_that_it_paid(basis_points: int, revenue: int) -> None:
    assert take_percent(basis_points, revenue) + take_percent(basis_points, -revenue) == 0


@given(BASIS_POINTS, st.integers(0, MAX_AMOUNT_MINOR))
def test_a_percentage_is_never_above_the_revenue(basis_points: int, revenue: int) -> None:
    assert 0 <= take_percent(basis_points, revenue) <= revenue


@pytest.mark.parametrize("revenue", [None, Money(0, "EUR"), Money(99_999, "JPY")])
def test_a_fixed_amount_is_paid_whatever_the_revenue_in_its_own_currency(revenue: Money | None) -> None:
    assert compute_payout([OfferEvent("lead", Money(250, "USD"))], "lead", revenue) == Money(250, "USD")


def test_a_refund_takes_nothing_of_a_fixed_amount() -> None:
    assert compute_payout([OfferEvent("sale", Money(250, "USD"))], "sale", Money(-1, "USD")) is None


def test_each_event_has_its_own_terms_in_any_case_of_its_name() -> None:
    events = [OfferEvent("sale", None, 1_000), OfferEvent("demo booked", Money(900, "EUR")), OfferEvent("signup")]

    paid = [compute_payout(events, name, Money(500, "EUR")) for name in ("SALE", "Demo booked", "signup", "lead")]

    assert paid == [Money(50, "EUR"), Money(900, "EUR"), None, None]


def test_a_percentage_of_what_nobody_knows_is_unknown() -> None:
    assert compute_payout([OfferEvent("sale", None, 1_000)], "sale", None) is None
