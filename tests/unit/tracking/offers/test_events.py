from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.errors import InvalidInputError
from tracking.money import CURRENCY_DIGITS, Money
from tracking.offers.events import GivenEvent, OfferEvent, check_events, read_events, write_events

pytestmark = pytest.mark.feature("TR21")

MONEY = st.builds(Money, st.integers(0, 10**15), st.sampled_from(sorted(CURRENCY_DIGITS)))
EVENTS = st.lists(
    st.builds(OfferEvent, st.text(), st.none() | MONEY, st.none() | st.integers(0, 10_000), st.none() | MONEY)
)


def refuse(*given: GivenEvent) -> tuple[str, ...]:
    with pytest.raises(InvalidInputError) as caught:
        check_events(given, "EUR")
    return caught.value.path


def test_amounts_are_kept_in_minor_units_of_their_currency() -> None:
    checked = check_events(
        [
            GivenEvent(" Sale ", payout_percent=Decimal("7.5"), default_value=Decimal("12.50")),
            GivenEvent("lead", currency="JPY", payout_amount=Decimal(120)),
            GivenEvent("Demo booked", currency="BHD", payout_amount=Decimal("0.005")),
        ],
        "EUR",
    )

    assert checked == (
        OfferEvent("sale", None, 750, Money(1_250, "EUR")),
        OfferEvent("lead", Money(120, "JPY")),
        OfferEvent("demo booked", Money(5, "BHD")),
    )
    assert checked[0].payout_percent == Decimal("7.50")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (GivenEvent("  ", payout_amount=Decimal(1)), "event"),
        (GivenEvent("x" * 65, payout_amount=Decimal(1)), "event"),
        (GivenEvent("sale"), "event"),
        (GivenEvent("Refund", payout_amount=Decimal(1)), "event"),
        (GivenEvent("sale", payout_amount=Decimal("1.001")), "payoutAmount"),
        (GivenEvent("sale", payout_amount=Decimal(-1)), "payoutAmount"),
        (GivenEvent("sale", payout_amount=Decimal("NaN")), "payoutAmount"),
        (GivenEvent("sale", currency="JPY", default_value=Decimal("1.0")), "defaultValue"),
        (GivenEvent("sale", currency="EURO", payout_amount=Decimal(1)), "currency"),
        (GivenEvent("sale", payout_amount=Decimal(1), payout_percent=Decimal(1)), "payoutPercent"),
        *(
            (GivenEvent("sale", payout_percent=Decimal(percent)), "payoutPercent")
            for percent in ("100.01", "101", "-1", "0.001", "1.000", "NaN", "Infinity")
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(given: GivenEvent, field: str) -> None:
    assert refuse(GivenEvent("lead", payout_amount=Decimal(1)), given) == ("events", "1", field)


def test_an_event_stands_there_once_in_any_case() -> None:
    once = GivenEvent("sale", payout_percent=Decimal(1))

    assert refuse(once, once._replace(event="SALE")) == ("events", "1", "event")


def test_there_are_fifty_at_most() -> None:
    given = [GivenEvent(f"step {number}", payout_amount=Decimal(1)) for number in range(51)]

    assert len(check_events(given[:50], "EUR")) == 50
    assert refuse(*given) == ("events",)


@given(EVENTS)
def test_what_is_stored_is_read_back_as_it_was(events: list[OfferEvent]) -> None:
    assert read_events(write_events(events)) == tuple(events)
