from decimal import Decimal

import pytest

from tracking.campaigns.deals import Deal, NewDeal, check_deal, describe_deal
from tracking.errors import InvalidInputError


@pytest.mark.feature("CU3")
class TestDeal:
    def test_amounts_are_kept_in_minor_units_of_its_currency(self) -> None:
        given = NewDeal("JPY", Decimal(5000), Decimal(100), Decimal("0.125"), Decimal(3))

        assert check_deal(given, "EUR") == Deal("JPY", 5000, 100, Decimal("0.125"), 3)

    def test_the_accounts_currency_stands_in(self) -> None:
        assert check_deal(NewDeal(flat_fee=Decimal("12.5")), "EUR") == Deal("EUR", flat_fee_minor=1250)

    @pytest.mark.parametrize(
        ("given", "path"),
        [
            (NewDeal("EUR"), ()),
            (NewDeal(), ()),
            (NewDeal("XXX", Decimal(1)), ("currency",)),
            (NewDeal("JPY", Decimal("1.5")), ("flatFee",)),
            (NewDeal("EUR", gift_value=Decimal("0.001")), ("giftValue",)),
            (NewDeal("EUR", commission_per_conversion=Decimal(10**15)), ("commissionPerConversion",)),
            (NewDeal("EUR", commission_rate=Decimal("1.01")), ("commissionRate",)),
            (NewDeal("EUR", commission_rate=Decimal("0.1234567")), ("commissionRate",)),
            (NewDeal("EUR", commission_rate=Decimal("NaN")), ("commissionRate",)),
        ],
    )
    def test_what_cannot_be_meant_is_refused_by_field(self, given: NewDeal, path: tuple[str, ...]) -> None:
        with pytest.raises(InvalidInputError) as refused:
            check_deal(given, "EUR")

        assert refused.value.path == path

    def test_it_is_told_in_major_units(self) -> None:
        assert describe_deal(Deal("EUR", 125000, 0, Decimal("0.100000"), None)) == {
            "currency": "EUR",
            "flatFee": "1250.00",
            "giftValue": "0.00",
            "commissionRate": "0.1",
            "commissionPerConversion": None,
        }
