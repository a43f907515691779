"""Money: whole minor units with their currency inside, decimal major units at every door. Pure; never a float.

The currencies are a table of our own: ISO 4217 changes every few years, and a library that knows it brings in tens of
megabytes of everything else that it knows.
"""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from tracking.errors import InvalidInputError

MAX_AMOUNT_MINOR: Final = 10**15  # what JSON numbers, and the sums of many such amounts, hold exactly

_USUAL_DIGITS: Final = 2
_AMOUNT = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,6})?", re.ASCII)
_WITH_TWO_DIGITS: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
    CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
    KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
    PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_WITHOUT_DIGITS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_THREE_DIGITS: Final = "BHD IQD JOD KWD LYD OMR TND"
CURRENCY_DIGITS: Final = {
    **dict.fromkeys(_WITH_TWO_DIGITS.split(), _USUAL_DIGITS),
    **dict.fromkeys(_WITHOUT_DIGITS.split(), 0),
    **dict.fromkeys(_WITH_THREE_DIGITS.split(), 3),
}


class Money(NamedTuple):
    """`amount_minor` counts the smallest unit that accounts keep: cents of EUR, yen of JPY, fils of BHD."""

    amount_minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        """Major units, with all digits of the currency."""
        return write_amount(self.amount_minor, self.currency)


def check_currency_code(code: str, path: str = "currency") -> str:
    if code not in CURRENCY_DIGITS:
        raise InvalidInputError("a currency is a code of ISO 4217 in use, such as EUR", (path,))
    return code


def read_amount(text: str) -> Decimal:
    """Digits with at most one point, such as 12.50. Raises ValueError: no sign, exponent, blank, separator or NaN."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError("expected a decimal number without sign, such as 12.50")
    return Decimal(text)


def to_minor(amount: Decimal, currency: str, path: str) -> int:
    """Whole minor units. Nothing is rounded: digits that the currency does not have are refused, zeros too."""
    digits = CURRENCY_DIGITS[currency]
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or amount.is_signed():
        raise InvalidInputError(f"{path} is a number of at least 0", (path,))
    if -exponent > digits:
        raise InvalidInputError(f"{path} has more than the {digits} decimal digits of {currency}", (path,))
    minor = int(amount.scaleb(digits))
    if minor > MAX_AMOUNT_MINOR:
        raise InvalidInputError(f"{path} is too large: at most {write_amount(MAX_AMOUNT_MINOR, currency)}", (path,))
    return minor


def write_amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-CURRENCY_DIGITS[currency])
