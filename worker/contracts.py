"""The kinds of events on the stream: how each is read, and how it is written when it is buried."""

import ipaddress
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from tracking.clicks.event import (
    CONFIRMATION_VERSION,
    VERSION,
    ClickEvent,
    Confirmation,
    decode_click,
    decode_confirmation,
    encode_click,
    encode_confirmation,
)
from tracking.conversions.event import ConversionEvent, decode_conversion, encode_conversion
from tracking.impressions.event import Impression, decode_impression, encode_impression
from tracking.snippets.event import Sighting, decode_sighting, encode_sighting
from tracking.streams import VERSIONS, Mark

StreamEvent = ClickEvent | Confirmation | ConversionEvent | Impression | Sighting


class Contract(NamedTuple):
    """`decode` raises msgspec.MsgspecError for bytes that are no such event. `write` leaves no visitor's address in."""

    decode: Callable[[bytes], StreamEvent]
    write: Callable[[Any], bytes]


def write_without_address(click: ClickEvent) -> bytes:
    return encode_click(msgspec.structs.replace(click, client_ip=shorten_address(click.client_ip)))


def shorten_address(address: str) -> str:
    """The first address of its /24 or /48, from which the same network is read again (rule 10)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, prefix), strict=False).network_address)


# By the name of an entry's field, which is the version of its contract; in the order in which a batch is stored: clicks
# come before what is about them.
CONTRACTS: Final[dict[bytes, Contract]] = {
    VERSION: Contract(decode_click, write_without_address),
    CONFIRMATION_VERSION: Contract(decode_confirmation, encode_confirmation),
    VERSIONS[Mark.CONVERSION]: Contract(decode_conversion, encode_conversion),
    VERSIONS[Mark.IMPRESSION]: Contract(decode_impression, encode_impression),
    VERSIONS[Mark.SIGHTING]: Contract(decode_sighting, encode_sighting),
}
