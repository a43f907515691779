"""The scalars of the graph beyond those of GraphQL, and how each Python type becomes one."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from tracking.money import read_amount

MAX_SAFE_INTEGER: Final = 2**53 - 1

BigInt = NewType("BigInt", int)
URL = NewType("URL", str)
CurrencyCode = NewType("CurrencyCode", str)


def _write_integer(value: Any) -> int:
    number = int(value)
    if abs(number) > MAX_SAFE_INTEGER:
        raise ValueError("beyond what a JSON number holds exactly")
    return number


def _read_integer(value: Any) -> BigInt:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_SAFE_INTEGER:
        raise ValueError(f"expected a whole number within ±{MAX_SAFE_INTEGER}")
    return BigInt(value)


def _write_moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _read_moment(value: Any) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError("expected a date and time of ISO 8601, such as 2026-05-01T12:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError("expected a time zone, such as the Z of 2026-05-01T12:00:00Z")
    return moment.astimezone(dt.UTC)


def _read_decimal(value: Any) -> Decimal:
    if not isinstance(value, str):
        raise ValueError('expected a string such as "12.50", as a number would be rounded')  # noqa: TRY004 -- graphql-core answers what a ValueError says
    return read_amount(value)


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected a string")  # noqa: TRY004 -- graphql-core answers what a ValueError says
    return value


SCALARS: Final[dict[object, ScalarDefinition]] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number within ±(2^53 - 1), written as a JSON number.",
        serialize=_write_integer,
        parse_value=_read_integer,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute http or https address, normalised.",
        serialize=str,
        parse_value=_read_text,
        specified_by_url="https://url.spec.whatwg.org/",
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency of ISO 4217, such as USD.",
        serialize=str,
        parse_value=_read_text,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="A decimal number, written as a string such as 12.50. Inputs hold digits and at most one point.",
        serialize=str,
        parse_value=_read_decimal,
    ),
    dt.datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in ISO 8601, always with a time zone; answers are in UTC.",
        serialize=_write_moment,
        parse_value=_read_moment,
    ),
}
