"""What corrections mean and may ask for. Pure."""

import datetime as dt
import ipaddress
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tracking.bots.kept_networks import KEPT_BITS, check_network
from tracking.bots.rulesets import RULESETS
from tracking.clicks.filters import ClickFilter
from tracking.errors import InvalidInputError
from tracking.paging import Conditions
from tracking.text import check_text

MAX_NOTE_CHARS: Final = 500
MAX_NETWORKS: Final = 100
MAX_TEXT_CHARS: Final = 512


class WantedClicks(msgspec.Struct, frozen=True, omit_defaults=True):
    """Those that a settled filter and any of the networks mean; networks are CIDR, None for any."""

    filter: ClickFilter = ClickFilter()
    networks: tuple[str, ...] | None = None

    def add_conditions(self, conditions: Conditions) -> None:
        """Of the networks, for a statement `FROM click`."""
        if self.networks is not None:
            clauses = [_write_network(conditions, network) for network in self.networks]
            conditions.require(f"({' OR '.join(clauses) or 'false'})")


_decoder: Final = msgspec.json.Decoder(WantedClicks)


class Period(NamedTuple):
    """Of clicks, by when they happened; `end` is exclusive."""

    start: dt.datetime
    end: dt.datetime


def encode_wanted(wanted: WantedClicks) -> str:
    return msgspec.json.encode(wanted).decode()


def decode_wanted(text: str) -> WantedClicks:
    return _decoder.decode(text)


def check_period(start: dt.datetime, end: dt.datetime) -> Period:
    """Raises InvalidInputError."""
    if start.tzinfo is None or end.tzinfo is None:
        raise InvalidInputError("give both ends with a time zone, such as 2026-05-01T00:00:00Z", ("range",))
    if start >= end:
        raise InvalidInputError("the range ends before it begins", ("range",))
    return Period(start, end)


def check_ruleset(number: int) -> int:
    """Raises InvalidInputError."""
    if number not in RULESETS:
        known = ", ".join(str(each) for each in sorted(RULESETS))
        raise InvalidInputError(f"there is no ruleset {number}: give one of {known}", ("ruleset",))
    return number


def check_restricted(wanted: WantedClicks) -> WantedClicks:
    """A verdict over every click there is was never meant. Raises InvalidInputError."""
    if wanted == WantedClicks():
        raise InvalidInputError("say which clicks: an empty filter would mean all of them", ("filter",))
    return wanted


def check_networks(values: Sequence[str]) -> tuple[str, ...]:
    """Raises InvalidInputError."""
    if len(values) > MAX_NETWORKS:
        raise InvalidInputError(f"{len(values)} networks: give at most {MAX_NETWORKS}", ("networks",))
    try:
        return tuple(dict.fromkeys(map(check_network, values)))
    except InvalidInputError as error:
        raise error.under("networks") from None


def check_texts(wanted: ClickFilter) -> ClickFilter:
    """What is looked for has to be storable, as it is noted. Raises InvalidInputError."""
    try:
        for text in (wanted.user_agent_contains or "", *(wanted.in_app_browsers or ())):
            check_text(text, "text", max_chars=MAX_TEXT_CHARS, is_optional=True)
    except InvalidInputError as error:
        raise error.under("filter") from error
    return wanted


def describe_filter(wanted: ClickFilter) -> dict[str, Any]:
    """For the history, by the names of the graph."""
    given: dict[str, Any] = msgspec.to_builtins(wanted)
    return {re.sub(r"_(.)", lambda found: found[1].upper(), name): value for name, value in given.items()}


def _write_network(conditions: Conditions, value: str) -> str:
    """From the first network of the kept size in it to the last."""
    network = ipaddress.ip_network(value)
    size = KEPT_BITS[network.version] // 8
    first = conditions.bind(network.network_address.packed[:size])
    last = conditions.bind(network.broadcast_address.packed[:size])
    return f"(octet_length(network) = {size} AND network BETWEEN {first} AND {last})"
