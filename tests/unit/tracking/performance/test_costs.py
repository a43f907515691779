import pytest

from tracking.campaigns.deals import Deal
from tracking.money import Money
from tracking.performance.costs import find_cost_per, find_return_on_fee

pytestmark = pytest.mark.feature("CU3", "CU5")

FEE = Deal("EUR", flat_fee_minor=10_000)


@pytest.mark.parametrize(
    ("conversions", "cost_minor"), [(1, 10_000), (3, 3_333), (64, 156), (192, 52), (20_000, 0), (8_000, 1)]
)
def test_a_fee_is_shared_out_to_the_minor_unit(conversions: int, cost_minor: int) -> None:
    assert find_cost_per(FEE, conversions) == Money(cost_minor, "EUR")


@pytest.mark.parametrize(
    ("deal", "conversions"), [(None, 3), (Deal("EUR", gift_value_minor=5), 3), (FEE, 0), (FEE, None), (FEE, -1)]
)
def test_without_fee_or_conversions_nothing_has_a_cost(deal: Deal | None, conversions: int | None) -> None:
    assert find_cost_per(deal, conversions) is None


def test_a_fee_of_nothing_costs_nothing() -> None:
    assert find_cost_per(Deal("JPY", flat_fee_minor=0), 2) == Money(0, "JPY")


@pytest.mark.parametrize(
    ("net", "returned"),
    [
        ([], 0.0),
        ([Money(10_000, "EUR")], 1.0),
        ([Money(-2_500, "EUR")], -0.25),
        ([Money(10_000, "USD")], None),
        ([Money(10_000, "EUR"), Money(1, "USD")], None),
    ],
)
def test_a_fee_comes_back_in_its_own_currency(net: list[Money], returned: float | None) -> None:
    assert find_return_on_fee(FEE, net) == returned


@pytest.mark.parametrize("deal", [None, Deal("EUR", gift_value_minor=5), Deal("EUR", flat_fee_minor=0)])
def test_without_a_fee_nothing_comes_back(deal: Deal | None) -> None:
    assert find_return_on_fee(deal, [Money(1, "EUR")]) is None
