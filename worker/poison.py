"""Events that can never be stored: found one by one in a batch of good ones, and stripped before they are kept."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import asyncpg
import msgspec

from tracking.clicks.event import ClickEvent
from tracking.clicks.store import TOO_LATE
from tracking.conversions.event import ConversionEvent
from tracking.database import TRANSIENT_ERRORS
from tracking.erasure.rules import NOBODY_BEGINS
from worker.click_stream import DeadLetter, StreamEntry
from worker.contracts import CONTRACTS, StreamEvent

E = TypeVar("E", bound=StreamEvent)

# Errors of the data itself. asyncpg raises a ValueError for a value that does not fit its column.
_DATA_ERRORS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError)
_OUTAGES = (*TRANSIENT_ERRORS, asyncpg.PostgresError)

_IPV4 = re.compile(rb"(\d{1,3}\.\d{1,3}\.\d{1,3}\.)(\d{1,3})")
_IPV6 = re.compile(rb"((?:[0-9a-fA-F]{0,4}:){2,3})([0-9a-fA-F:]*)")


class OpenedEntries(NamedTuple):
    """What a batch of the stream holds: events by version and entry id, and what of it is to be buried."""

    events: dict[bytes, dict[bytes, StreamEvent]]
    dead: list[DeadLetter]


class Rejected(NamedTuple):
    """`event` is the one that was handed in, not one that equals it."""

    event: StreamEvent
    reason: str


class Stored(NamedTuple):
    """`added`: how many of them were new. `has_news`: whether there is something to fold and to relay."""

    added: int
    rejected: list[Rejected]
    has_news: bool


Store = Callable[[Sequence[E]], Awaitable[Stored]]


def open_entries(entries: Iterable[StreamEntry]) -> OpenedEntries:
    opened = OpenedEntries({version: {} for version in CONTRACTS}, [])
    for entry in entries:
        read = read_entry(entry)
        if isinstance(read, DeadLetter):
            opened.dead.append(read)
        elif read is not None:
            [version] = entry.fields
            opened.events[version][entry.entry_id] = read
    return opened


def read_entry(entry: StreamEntry) -> StreamEvent | DeadLetter | None:
    """The event, or what to bury, or None for an entry that was deleted before it was read."""
    if not entry.fields:
        return None
    [(version, payload), *others] = entry.fields.items()
    contract = CONTRACTS.get(version)
    if contract is None or others:
        return DeadLetter(entry.entry_id, "unknown_version", version, mask_addresses(payload))
    try:
        return contract.decode(payload)
    except msgspec.MsgspecError:
        return DeadLetter(entry.entry_id, "undecodable", version, mask_addresses(payload))


async def store_or_reject(store: Store[E], events: Sequence[E]) -> Stored:
    """Store a batch; where an event spoils it, halve it until that one stands alone, and reject it.

    Only an outage passes through, since then the same batch is stored later.
    """
    try:
        return await store(events)
    except Exception as error:
        if isinstance(error, _OUTAGES) and not isinstance(error, _DATA_ERRORS):
            raise
        if len(events) == 1:
            return Stored(0, [Rejected(events[0], f"unstorable: {type(error).__name__}")], has_news=False)
    middle = len(events) // 2
    earlier = await store_or_reject(store, events[:middle])
    later = await store_or_reject(store, events[middle:])
    return Stored(
        earlier.added + later.added, earlier.rejected + later.rejected, has_news=earlier.has_news or later.has_news
    )


def bury(source_id: bytes, version: bytes, rejected: Rejected) -> DeadLetter:
    event = forget_who(rejected.event) if rejected.reason == TOO_LATE else rejected.event
    return DeadLetter(source_id, rejected.reason, version, CONTRACTS[version].write(event))


def forget_who(event: StreamEvent) -> StreamEvent:
    """What can never be stored is kept without who clicked or reported: erasures do not look for it any more."""
    if isinstance(event, ClickEvent):
        blank = {"contact_id": None, "visitor_key": NOBODY_BEGINS * 2, "client_ip": "", "user_agent": b"", "query": b""}
        return msgspec.structs.replace(event, **blank)
    return msgspec.structs.replace(event, visitor_keys=[]) if isinstance(event, ConversionEvent) else event


def mask_addresses(payload: bytes) -> bytes:
    """Zeros in place of the host part of every address. Lengths stay, since the payload may be nearly readable."""
    payload = _IPV4.sub(lambda match: match[1] + b"0" * len(match[2]), payload)
    return _IPV6.sub(lambda match: match[1] + re.sub(rb"[0-9a-fA-F]", b"0", match[2]), payload)
