"""What becomes of the query parameters that a visitor brings along: per link, decided while redirecting. Pure.

Nothing that a visitor sends may take a parameter of ours over: neither the creator's, nor the click id's.
"""

import string
from collections.abc import Iterable
from enum import StrEnum
from typing import Final
from urllib.parse import quote, unquote_plus

from tracking.links.rules import CLICK_ID_PARAMETER, PreparedDestination

MAX_VISITOR_QUERY_BYTES: Final = 2_048

# Everything that may stand in a query as it is; a number sign would begin the fragment.
_KEPT: Final = "".join(set(string.printable) - set(string.whitespace) - {"#"})


class QueryPolicy(StrEnum):
    """Whose parameters reach the destination, where the visitor's and the link's own have the same name."""

    IGNORE = "IGNORE"  # the visitor's are left out
    KEEP = "KEEP"  # the link's win
    OVERWRITE = "OVERWRITE"  # the visitor's win
    APPEND = "APPEND"  # both stay, the visitor's behind


def add_visitor_query(
    destination: PreparedDestination, query: bytes, policy: QueryPolicy, creator_parameter: str
) -> PreparedDestination:
    """The destination with what the visitor brought. Parameters keep their order, and their spelling where it is safe.

    A query that is too long is cut between two parameters.
    """
    theirs = _read_pairs(query, {creator_parameter, CLICK_ID_PARAMETER})
    if policy is QueryPolicy.IGNORE or not theirs:
        return destination
    path, _, own_query = destination.head.partition(b"?")
    own = [pair for pair in own_query.split(b"&") if pair]
    if policy is QueryPolicy.KEEP:
        theirs = _without(theirs, map(_read_name, own))
    elif policy is QueryPolicy.OVERWRITE:
        own = _without(own, map(_read_name, theirs))
    head = path + b"?" + b"&".join([*own, *theirs]) if own or theirs else path
    joint = b"&" if own or theirs else b"?"
    return PreparedDestination(head, joint + destination.ending[1:], destination.tail)


def spell_visitor_query(query: bytes) -> bytes:
    """What of it may be passed on, to be asked with again."""
    return b"&".join(_read_pairs(query, set()))


def _read_pairs(query: bytes, refused: set[str]) -> list[bytes]:
    bounded = query[: MAX_VISITOR_QUERY_BYTES + 1]
    if len(bounded) > MAX_VISITOR_QUERY_BYTES:
        bounded = bounded.rpartition(b"&")[0]
    pairs = [quote(pair, safe=_KEPT).encode() for pair in bounded.split(b"&") if pair]
    return [pair for pair in pairs if _read_name(pair) not in refused]


def _without(pairs: list[bytes], names: Iterable[str]) -> list[bytes]:
    refused = set(names)
    return [pair for pair in pairs if _read_name(pair) not in refused]


def _read_name(pair: bytes) -> str:
    return unquote_plus(pair.partition(b"=")[0].decode())
