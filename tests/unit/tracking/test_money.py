from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tracking.errors import InvalidInputError
from tracking.money import CURRENCY_DIGITS, MAX_AMOUNT_MINOR, Money, check_currency_code, read_amount, to_minor


class TestReadAmount:
    @pytest.mark.parametrize("text", ["0", "12", "12.5", "12.50", "000.1", "999999999999999.999999"])
    def test_plain_digits_are_read_as_they_stand(self, text: str) -> None:
        assert read_amount(text) == Decimal(text)

    @pytest.mark.parametrize(
        "text",
        ["", "-1", "+1", "1e3", "1_000", "1,50", " 1", "1 ", "1.", ".5", "NaN", "Infinity", "١٢", "\uff11", "1" * 17],
    )
    def test_whatever_else_a_decimal_could_be_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="expected a decimal number"):
            read_amount(text)


@pytest.mark.feature("CU3")
class TestMinorUnits:
    @pytest.mark.parametrize(
        ("amount", "currency", "minor"),
        [("12.50", "EUR", 1250), ("12.5", "EUR", 1250), ("12", "JPY", 12), ("1.234", "BHD", 1234), ("0", "USD", 0)],
    )
    def test_amounts_become_whole_units_of_their_currency(self, amount: str, currency: str, minor: int) -> None:
        assert to_minor(Decimal(amount), currency, "flatFee") == minor

    @pytest.mark.parametrize(
        ("amount", "currency"),
        [("12.505", "EUR"), ("12.500", "EUR"), ("1.5", "JPY"), ("1.0", "JPY"), ("1.2345", "BHD")],
    )
    def test_digits_that_a_currency_does_not_have_are_not_rounded_but_refused(self, amount: str, currency: str) -> None:
        with pytest.raises(InvalidInputError) as refused:
            to_minor(Decimal(amount), currency, "flatFee")

        assert refused.value.path == ("flatFee",)

    @pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity"])
    def test_what_is_no_amount_is_refused(self, amount: str) -> None:
        with pytest.raises(InvalidInputError):
            to_minor(Decimal(amount), "EUR", "flatFee")

    def test_amounts_end_where_json_numbers_are_exact(self) -> None:
        assert to_minor(Decimal(MAX_AMOUNT_MINOR), "JPY", "flatFee") == MAX_AMOUNT_MINOR
        with pytest.raises(InvalidInputError):
            to_minor(Decimal(MAX_AMOUNT_MINOR + 1), "JPY", "flatFee")

    @given(minor=some.integers(0, MAX_AMOUNT_MINOR), currency=some.sampled_from(sorted(CURRENCY_DIGITS)))
    def test_written_amounts_read_back(self, minor: int, currency: str) -> None:
        assert to_minor(read_amount(str(Money(minor, currency).amount)), currency, "amount") == minor

    @pytest.mark.parametrize(
        ("money", "text"), [(Money(5, "EUR"), "0.05"), (Money(5, "JPY"), "5"), (Money(5, "BHD"), "0.005")]
    )
    def test_amounts_are_written_with_all_digits_of_their_currency(self, money: Money, text: str) -> None:
        assert str(money.amount) == text


@pytest.mark.parametrize("code", ["eur", "EU", "XXX", "XAU", "", "EURO", "DEM"])
def test_only_currencies_in_use_are_currencies(code: str) -> None:
    with pytest.raises(InvalidInputError):
        check_currency_code(code)
