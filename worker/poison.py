"""Events that can never be stored: found one by one in a batch of good ones, and stripped before they are kept."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import asyncpg
import msgspec

from tracking.bots.hosting.origins import NO_LISTS, Origins
from tracking.clicks.confirmations import RejectedConfirmation
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
from tracking.clicks.store import RejectedClick, StoredBatch, store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.database import TRANSIENT_ERRORS
from worker.click_stream import DeadLetter, StreamEntry

# Errors of the data itself. asyncpg raises a ValueError for a value that does not fit its column.
_DATA_ERRORS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError)
_OUTAGES = (*TRANSIENT_ERRORS, asyncpg.PostgresError)

_IPV4 = re.compile(rb"(\d{1,3}\.\d{1,3}\.\d{1,3}\.)(\d{1,3})")
_IPV6 = re.compile(rb"((?:[0-9a-fA-F]{0,4}:){2,3})([0-9a-fA-F:]*)")


class OpenedEntries(NamedTuple):
    """What a batch of the stream holds, by entry id, and what of it is to be buried."""

    clicks: dict[bytes, ClickEvent]
    confirmations: dict[bytes, Confirmation]
    dead: list[DeadLetter]


def open_entries(entries: Iterable[StreamEntry]) -> OpenedEntries:
    opened = OpenedEntries({}, {}, [])
    for entry in entries:
        read = read_entry(entry)
        if isinstance(read, ClickEvent):
            opened.clicks[entry.entry_id] = read
        elif isinstance(read, Confirmation):
            opened.confirmations[entry.entry_id] = read
        elif read is not None:
            opened.dead.append(read)
    return opened


def read_entry(entry: StreamEntry) -> ClickEvent | Confirmation | DeadLetter | None:
    """The event, or what to bury, or None for an entry that was deleted before it was read."""
    if not entry.fields:
        return None
    [(version, payload), *others] = entry.fields.items()
    if version not in {VERSION, CONFIRMATION_VERSION} or others:
        return DeadLetter(entry.entry_id, "unknown_version", version, mask_addresses(payload))
    try:
        return decode_click(payload) if version == VERSION else decode_confirmation(payload)
    except msgspec.MsgspecError:
        return DeadLetter(entry.entry_id, "undecodable", version, mask_addresses(payload))


async def store_or_reject(
    pool: asyncpg.Pool, user_agents: UserAgents, events: Sequence[ClickEvent], origins: Origins = NO_LISTS
) -> StoredBatch:
    """Store a batch; where an event spoils it, halve it until that one stands alone, and reject it.

    Only an outage passes through, since then the same batch is stored later.
    """
    try:
        return await store_clicks(pool, user_agents, events, origins=origins)
    except Exception as error:
        if isinstance(error, _OUTAGES) and not isinstance(error, _DATA_ERRORS):
            raise
        if len(events) == 1:
            return StoredBatch([], [RejectedClick(events[0], f"unstorable: {type(error).__name__}")])
    middle = len(events) // 2
    earlier = await store_or_reject(pool, user_agents, events[:middle], origins)
    later = await store_or_reject(pool, user_agents, events[middle:], origins)
    return StoredBatch(earlier.stored + later.stored, earlier.rejected + later.rejected)


def bury(source_id: bytes, rejected: RejectedClick) -> DeadLetter:
    event = msgspec.structs.replace(rejected.event, client_ip=shorten_address(rejected.event.client_ip))
    return DeadLetter(source_id, rejected.reason, VERSION, encode_click(event))


def bury_confirmation(source_id: bytes, rejected: RejectedConfirmation) -> DeadLetter:
    """It names nobody: two ids of ours, the click's and a time."""
    return DeadLetter(source_id, rejected.reason, CONFIRMATION_VERSION, encode_confirmation(rejected.confirmation))


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


def mask_addresses(payload: bytes) -> bytes:
    """Zeros in place of the host part of every address. Lengths stay, since the payload may be nearly readable."""
    payload = _IPV4.sub(lambda match: match[1] + b"0" * len(match[2]), payload)
    return _IPV6.sub(lambda match: match[1] + re.sub(rb"[0-9a-fA-F]", b"0", match[2]), payload)
