"""What the events of an offer are worth: what each pays, and its value when a report names none. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from tracking.errors import InvalidInputError
from tracking.money import Money, check_currency_code, to_minor
from tracking.text import check_text

MAX_EVENTS: Final = 50
MAX_NAME_CHARS: Final = 64
BASIS_POINTS: Final = 10_000
_PERCENT_DIGITS: Final = 2
_CORRECTIONS: Final = frozenset({"refund", "chargeback", "void"})  # of an event that has its own terms


class GivenEvent(NamedTuple):
    """From outside: amounts in major units of `currency`, the offer's when None, else the account's."""

    event: str
    currency: str | None = None
    payout_amount: Decimal | None = None
    payout_percent: Decimal | None = None
    default_value: Decimal | None = None


class OfferEvent(NamedTuple):
    """As it is stored, each amount with its currency. At most one of the two payouts is set."""

    event: str
    payout: Money | None = None
    payout_basis_points: int | None = None
    default_value: Money | None = None

    @property
    def payout_percent(self) -> Decimal | None:
        points = self.payout_basis_points
        return None if points is None else Decimal(points).scaleb(-_PERCENT_DIGITS)


def name_event(text: str) -> str:
    """The one spelling of an event's name, which is the same in any case."""
    return text.strip().lower()


def find_event(events: Sequence[OfferEvent], name: str) -> OfferEvent | None:
    return next((each for each in events if each.event == name_event(name)), None)


def check_events(given: Sequence[GivenEvent], offer_currency: str) -> tuple[OfferEvent, ...]:
    """Each event once, in the order given. Raises InvalidInputError with the place of what is wrong."""
    if len(given) > MAX_EVENTS:
        raise InvalidInputError(f"an offer has at most {MAX_EVENTS} events", ("events",))
    checked: list[OfferEvent] = []
    for place, each in enumerate(given):
        try:
            checked.append(_check_event(each, offer_currency))
        except InvalidInputError as error:
            raise error.under("events", str(place)) from None
        if find_event(checked[:-1], checked[-1].event) is not None:
            message = f"{checked[-1].event} stands here twice: give every event once"
            raise InvalidInputError(message, ("events", str(place), "event"))
    return tuple(checked)


def write_events(events: Sequence[OfferEvent]) -> str:
    return msgspec.json.encode(events).decode()


def read_events(stored: str) -> tuple[OfferEvent, ...]:
    return msgspec.json.decode(stored, type=tuple[OfferEvent, ...])


def describe_events(events: Sequence[OfferEvent]) -> list[dict[str, Any]]:
    """For the history, by the names of the graph; what is not set is left out."""
    return [_describe(each) for each in events]


def _describe(event: OfferEvent) -> dict[str, Any]:
    named = {
        "event": event.event,
        "payoutAmount": event.payout and f"{event.payout.amount} {event.payout.currency}",
        "payoutPercent": None if event.payout_percent is None else str(event.payout_percent),
        "defaultValue": event.default_value and f"{event.default_value.amount} {event.default_value.currency}",
    }
    return {name: value for name, value in named.items() if value is not None}


def _check_event(given: GivenEvent, offer_currency: str) -> OfferEvent:
    name = name_event(check_text(given.event, "event", max_chars=MAX_NAME_CHARS))
    if name in _CORRECTIONS:
        message = f"{name} takes back another event, such as sale: say what that one pays"
        raise InvalidInputError(message, ("event",))
    if given.payout_amount is not None and given.payout_percent is not None:
        message = "an event pays an amount or a percentage: give one of payoutAmount and payoutPercent"
        raise InvalidInputError(message, ("payoutPercent",))
    currency = check_currency_code(given.currency or offer_currency)
    event = OfferEvent(
        event=name,
        payout=_read_money(given.payout_amount, currency, "payoutAmount"),
        payout_basis_points=None if given.payout_percent is None else _read_percent(given.payout_percent),
        default_value=_read_money(given.default_value, currency, "defaultValue"),
    )
    if all(value is None for value in event[1:]):
        raise InvalidInputError(f"say what {name} pays, its default value, or both", ("event",))
    return event


def _read_money(amount: Decimal | None, currency: str, path: str) -> Money | None:
    return None if amount is None else Money(to_minor(amount, currency, path), currency)


def _read_percent(percent: Decimal) -> int:
    exponent = percent.as_tuple().exponent
    is_fine = isinstance(exponent, int) and exponent >= -_PERCENT_DIGITS
    if not is_fine or percent.is_signed() or percent > 100:
        message = f"a percentage of revenue is from 0 to 100, with at most {_PERCENT_DIGITS} decimal digits"
        raise InvalidInputError(message, ("payoutPercent",))
    return int(percent.scaleb(_PERCENT_DIGITS))
