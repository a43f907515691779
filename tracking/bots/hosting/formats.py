"""The files in which providers publish their networks. Pure; which format it is the content tells.

JSON: AWS (`prefixes[].ip_prefix`, `ipv6_prefixes[].ipv6_prefix`), Google (`prefixes[].ipv4Prefix` or `.ipv6Prefix`),
Azure (`values[].properties.addressPrefixes[]`), Oracle (`regions[].cidrs[].cidr`), Fastly (`addresses[]`,
`ipv6_addresses[]`). Everything else is text with a network at the start of each line, up to a comma: plain lists, and
the CSV of geofeeds. What follows `#` or `;` is a comment.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from tracking.bots.hosting.networks import InvalidNetworkError, Network, merge_networks, read_network

MAX_NETWORKS: Final = 1_000_000
_JSON_LISTS: Final = ("prefixes", "ipv6_prefixes", "values", "regions", "addresses", "ipv6_addresses")


class InvalidListError(ValueError):
    """Names the line or the field that is wrong, and what would be right."""


class NetworkList(NamedTuple):
    """Sorted, none within another. `dated` is the day that the file gives itself."""

    networks: tuple[Network, ...]
    dated: dt.date | None = None


class _Prefix(msgspec.Struct):
    """Of AWS and of Google: one of these."""

    ip_prefix: str | None = None
    ipv6_prefix: str | None = None
    ipv4Prefix: str | None = None  # noqa: N815 -- Google's name
    ipv6Prefix: str | None = None  # noqa: N815 -- Google's name


class _Properties(msgspec.Struct):
    addressPrefixes: list[str]  # noqa: N815 -- Azure's name


class _ServiceTag(msgspec.Struct):
    properties: _Properties


class _Cidr(msgspec.Struct):
    cidr: str


class _Region(msgspec.Struct):
    cidrs: list[_Cidr]


class _Document(msgspec.Struct):
    prefixes: list[_Prefix] | None = None
    ipv6_prefixes: list[_Prefix] | None = None
    values: list[_ServiceTag] | None = None
    regions: list[_Region] | None = None
    addresses: list[str] | None = None
    ipv6_addresses: list[str] | None = None
    createDate: str = ""  # noqa: N815 -- AWS's name
    creationTime: str = ""  # noqa: N815 -- Google's name
    last_updated_timestamp: str = ""


_decoder: Final = msgspec.json.Decoder(_Document)


def read_networks(content: bytes) -> NetworkList:
    """Raises InvalidListError: a list is taken as a whole or not at all."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidListError(f"byte {error.start} is not UTF-8: expected text or JSON") from None
    is_json = text.lstrip()[:1] in {"{", "["}
    document = _decode(text) if is_json else _Document()
    networks: set[Network] = set()
    for place, cidr in _walk(document) if is_json else _list_lines(text):
        try:
            networks.add(read_network(cidr))
        except InvalidNetworkError as error:
            raise InvalidListError(f"{place}: {error}") from None
        if len(networks) > MAX_NETWORKS:
            raise InvalidListError(f"{place}: expected at most {MAX_NETWORKS:,} networks")
    if not networks:
        raise InvalidListError("it names no network: expected CIDR lines, or the JSON of a provider")
    return NetworkList(tuple(merge_networks(networks)), _find_date(document))


def _decode(text: str) -> _Document:
    try:
        document = _decoder.decode(text)
    except RecursionError:
        raise InvalidListError("its JSON is nested too deeply for any provider's list") from None
    except msgspec.ValidationError as error:
        raise InvalidListError(f"its JSON is not a provider's list: {error}") from None
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise InvalidListError(f"it is not JSON, though it begins so: {error}") from None
    if all(getattr(document, name) is None for name in _JSON_LISTS):
        raise InvalidListError(f"its JSON has none of the fields that hold networks: {', '.join(_JSON_LISTS)}")
    return document


def _walk(document: _Document) -> Iterator[tuple[str, str]]:
    """Every network that JSON names, with the place of its field."""
    for field, prefixes in (("prefixes", document.prefixes), ("ipv6_prefixes", document.ipv6_prefixes)):
        for number, prefix in enumerate(prefixes or ()):
            given = {name: cidr for name in prefix.__struct_fields__ if (cidr := getattr(prefix, name)) is not None}
            if not given:
                raise InvalidListError(f"{field}[{number}]: expected one of {', '.join(prefix.__struct_fields__)}")
            yield from ((f"{field}[{number}].{name}", cidr) for name, cidr in given.items())
    for number, tag in enumerate(document.values or ()):
        for place, cidr in enumerate(tag.properties.addressPrefixes):
            yield f"values[{number}].properties.addressPrefixes[{place}]", cidr
    for number, region in enumerate(document.regions or ()):
        for place, each in enumerate(region.cidrs):
            yield f"regions[{number}].cidrs[{place}].cidr", each.cidr
    for field, cidrs in (("addresses", document.addresses), ("ipv6_addresses", document.ipv6_addresses)):
        for number, cidr in enumerate(cidrs or ()):
            yield f"{field}[{number}]", cidr


def _list_lines(text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        cell = line.partition("#")[0].partition(";")[0].partition(",")[0].strip().strip('"')
        if cell:
            yield f"line {number}", cell


def _find_date(document: _Document) -> dt.date | None:
    """Providers write it in three ways, all of which begin with year, month and day."""
    for written in (document.createDate, document.creationTime, document.last_updated_timestamp):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(written[:10])
    return None
