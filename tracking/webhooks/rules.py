"""What a webhook endpoint may be: its address, its events, its filter and its batches. Pure."""

import ipaddress
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from ada_url import URL, HostType

from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import Counting
from tracking.conversions.kinds import Status
from tracking.errors import InvalidInputError
from tracking.events.types import EventType
from tracking.graph_ids import write_graph_id
from tracking.links.public_addresses import is_public
from tracking.links.rules import normalise_host

MAX_URL_CHARS: Final = 2_000
MAX_IDS: Final = 1_000
MAX_BATCH_EVENTS: Final = 100
MAX_BATCH_WAIT_S: Final = 60
MAX_OVERLAP_HOURS: Final = 7 * 24
MAX_LIVE_SECRETS: Final = 3
PING_TYPE: Final = "ping"
_PORTS: Final = ("", "80", "443")
_UNSENDABLE: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
# Names that no public server answers to: what they lead to depends on where they are asked.
_INNER_DOMAINS: Final = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "test", "invalid")


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an endpoint is told of; None restricts nothing, several values mean any of them.

    The lists of ids hold for whatever has such a thing: clicks, conversions and links. Exports and imports have none,
    so they are told whatever the lists say. Verdicts and counting hold for `click.recorded`, statuses for
    `conversion.recorded`: later changes are told whatever they say, so that a consumer learns what has left its filter.
    """

    link_ids: tuple[int, ...] | None = None
    campaign_ids: tuple[int, ...] | None = None
    creator_ids: tuple[int, ...] | None = None
    message_ids: tuple[int, ...] | None = None
    offer_ids: tuple[int, ...] | None = None
    verdicts: tuple[Verdict, ...] | None = None
    counting: tuple[Counting, ...] | None = None
    statuses: tuple[Status, ...] | None = None


class Batch(NamedTuple):
    """One event each time, or up to so many once the first has waited so long."""

    max_events: int = 1
    max_wait_s: int = 0


# The lists of ids, with the types of the graph that they name.
FILTERED_TYPES: Final = {
    "link_ids": "Link",
    "campaign_ids": "Campaign",
    "creator_ids": "Creator",
    "message_ids": "Message",
    "offer_ids": "Offer",
}
_IN_GRAPH: Final = {
    **{name: f"{type_name.lower()}Ids" for name, type_name in FILTERED_TYPES.items()},
    **{name: name for name in ("verdicts", "counting", "statuses")},
}


def store_wanted(wanted: Wanted) -> dict[str, Any]:
    """As the column `wanted` holds it."""
    stored: dict[str, Any] = msgspec.to_builtins(wanted)
    return stored


def read_wanted(stored: Mapping[str, Any]) -> Wanted:
    return msgspec.convert(dict(stored), Wanted)


def describe_wanted(wanted: Wanted) -> dict[str, list[str]]:
    """As the graph says it: names and global ids."""
    told: dict[str, list[str]] = {}
    for name, in_graph in _IN_GRAPH.items():
        given: Sequence[Any] | None = getattr(wanted, name)
        if given is not None:
            type_name = FILTERED_TYPES.get(name)
            told[in_graph] = [write_graph_id(type_name, each) if type_name else each.name for each in given]
    return told


def check_wanted(wanted: Wanted) -> None:
    """Raises InvalidInputError that names the list."""
    for name, in_graph in _IN_GRAPH.items():
        given: Sequence[Any] | None = getattr(wanted, name)
        if given is not None and not 1 <= len(given) <= MAX_IDS:
            raise InvalidInputError(f"give 1 to {MAX_IDS:,}, or leave it out", ("filter", in_graph))


def check_event_types(given: Sequence[EventType]) -> list[str]:
    """Each once, in the order of EventType."""
    if not given:
        raise InvalidInputError("name at least one type of event", ("eventTypes",))
    return [each.value for each in EventType if each in given]


def check_batch(batch: Batch) -> None:
    if not 1 <= batch.max_events <= MAX_BATCH_EVENTS:
        raise InvalidInputError(f"a batch has 1 to {MAX_BATCH_EVENTS} events", ("batch", "maxEvents"))
    if not 0 <= batch.max_wait_s <= MAX_BATCH_WAIT_S:
        raise InvalidInputError(f"an event waits 0 to {MAX_BATCH_WAIT_S} seconds", ("batch", "maxWaitSeconds"))
    if batch.max_events == 1 and batch.max_wait_s:
        raise InvalidInputError("an event by itself waits for no others", ("batch", "maxWaitSeconds"))


def check_overlap_hours(hours: int) -> int:
    if not 0 <= hours <= MAX_OVERLAP_HOURS:
        raise InvalidInputError(f"give 0 to {MAX_OVERLAP_HOURS} hours", ("overlapHours",))
    return hours


def normalise_url(raw: str, *, is_tracking_host: Callable[[str], bool], allows_private: bool) -> str:
    """The address in the one spelling that is stored and called. Raises InvalidInputError.

    What is written in it is judged here. What its name leads to is judged at each delivery, by who connects.
    `allows_private` is for trying things out: http, any port and any host.
    """
    url = _parse_url(raw, ("https:", "http:") if allows_private else ("https:",))
    host = normalise_host(url.hostname)
    if host is None:
        raise _refuse("this address names no host")
    if is_tracking_host(host):
        raise _refuse("an address on a tracking domain would send events to links")
    if not allows_private:
        _check_public(url, host)
    return str(url.href)


def _parse_url(raw: str, schemes: Sequence[str]) -> URL:
    if not 0 < len(raw) <= MAX_URL_CHARS:
        raise _refuse(f"an address has 1 to {MAX_URL_CHARS:,} characters")
    if any(unicodedata.category(character) in _UNSENDABLE for character in raw) or "\\" in raw:
        raise _refuse("an address holds no blank, control character or backslash")
    scheme, separator, rest = raw.partition("://")
    authority = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    if not separator or f"{scheme.lower()}:" not in schemes or not authority:
        raise _refuse(f"an address starts with {' or '.join(f'{each}//' for each in schemes)} and a host")
    if "@" in authority:
        raise _refuse("an address holds no user name or password: put a secret into its path, or check signatures")
    if "#" in rest:
        raise _refuse("an address holds no fragment: it would not be sent")
    try:
        url = URL(raw)
    except ValueError:
        raise _refuse("this is not a web address") from None
    if len(url.href) > MAX_URL_CHARS or not url.href.isascii():
        raise _refuse("this address is too long once it is encoded")
    return url


def _check_public(url: URL, host: str) -> None:
    if url.port not in _PORTS:
        raise _refuse("use port 443 or 80")
    if url.host_type is not HostType.DEFAULT:
        if not is_public(ipaddress.ip_address(host.strip("[]"))):
            raise _refuse("this host is not on the public internet")
        return
    if "." not in host or host.rpartition(".")[2] in _INNER_DOMAINS:
        raise _refuse("this host is not on the public internet")


def _refuse(message: str) -> InvalidInputError:
    return InvalidInputError(message, ("url",))
