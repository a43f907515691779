"""Events as they are told: what rows of the log name is read as it is now, together, and each is written once."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from tracking.events.outbox import CLICK_KINDS, CONVERSION_KINDS, EventKind
from tracking.events.payloads.clicks import describe_clicks, describe_conversions
from tracking.events.payloads.entities import describe_exports, describe_imports, describe_links
from tracking.events.payloads.envelopes import EVENTS, Event, write_event
from tracking.events.payloads.facts import Facts
from tracking.events.types import PAYLOAD_VERSION, STRIDES, TYPE_OF_KIND, EventType, make_event_id

LINK_KINDS: Final = (EventKind.LINK_CREATED, EventKind.LINK_ARCHIVED)
_Key: TypeAlias = UUID | int
_Found: TypeAlias = Mapping[Any, tuple[Facts, Any]]
_OWN_TIME: Final = (EventType.CLICK_RECORDED, EventType.CONVERSION_RECORDED)
_CHANGES: Final = (EventType.CLICK_RECLASSIFIED, EventType.CONVERSION_CHANGED)


class LogRow(NamedTuple):
    """A row of the event log of some account. Of what it names only that is told which stands from `told` on.

    `until` is where to stop; None: at the end.
    """

    position: int
    kind: EventKind
    ids: Sequence[UUID]
    entity_ids: Sequence[int]
    created_at: dt.datetime
    logged_at: dt.datetime
    told: int = 0
    until: int | None = None

    @property
    def named(self) -> Sequence[_Key]:
        """One of the two lists has them."""
        return self.ids or self.entity_ids

    def subjects(self) -> Iterator[tuple[int, _Key]]:
        """What is told of: where each stands in the row, and its id."""
        until = len(self.named) if self.until is None else self.until
        for ordinal in range(self.told, until, STRIDES.get(self.kind, 1)):
            yield ordinal, self.named[ordinal]


class DescribedEvent:
    """One event with the state of what it is about, written when it is first asked for."""

    def __init__(self, position: int, ordinal: int, event: Event, facts: Facts) -> None:
        self.position = position
        self.ordinal = ordinal
        self.event = event
        self.facts = facts

    @property
    def type(self) -> EventType:
        return EventType(str(type(self.event).__struct_config__.tag))

    @property
    def id(self) -> str:
        return self.event.id

    @cached_property
    def body(self) -> bytes:
        """JSON, for whose filter it matches."""
        return write_event(self.event)

    @cached_property
    def body_outside(self) -> bytes:
        """JSON of a change, for whose filter it does not match as it is now."""
        return write_event(msgspec.structs.replace(self.event, matches_filter=False))


async def describe_events(
    connection: asyncpg.Connection, account_id: int, rows: Sequence[LogRow], public_port: int | None
) -> list[DescribedEvent]:
    """In the order of the log, in as many statements as there are sorts of things. What is gone is left out."""
    found = await _find(connection, account_id, rows, public_port)
    return [described for row in rows if row.kind in TYPE_OF_KIND for described in _describe(row, found)]


async def _find(
    connection: asyncpg.Connection, account_id: int, rows: Sequence[LogRow], public_port: int | None
) -> dict[EventKind, _Found]:
    found: dict[EventKind, _Found] = {}
    if click_ids := _list_keys(rows, CLICK_KINDS):
        clicks = await describe_clicks(connection, account_id, click_ids, public_port)
        found.update(dict.fromkeys(CLICK_KINDS, clicks))
    if conversion_ids := _list_keys(rows, CONVERSION_KINDS):
        conversions = await describe_conversions(connection, account_id, conversion_ids, public_port)
        found.update(dict.fromkeys(CONVERSION_KINDS, conversions))
    if link_ids := _list_keys(rows, LINK_KINDS):
        links = await describe_links(connection, account_id, link_ids, public_port)
        found.update(dict.fromkeys(LINK_KINDS, links))
    if export_ids := _list_keys(rows, (EventKind.EXPORT_FINISHED,)):
        exports = await describe_exports(connection, account_id, export_ids)
        found[EventKind.EXPORT_FINISHED] = {key: (Facts(), export) for key, export in exports.items()}
    if import_ids := _list_keys(rows, (EventKind.IMPORT_FINISHED,)):
        imports = await describe_imports(connection, account_id, import_ids)
        found[EventKind.IMPORT_FINISHED] = {key: (Facts(), each) for key, each in imports.items()}
    return found


def _list_keys(rows: Iterable[LogRow], kinds: Sequence[EventKind]) -> list[Any]:
    return list(dict.fromkeys(key for row in rows if row.kind in kinds for _, key in row.subjects()))


def _describe(row: LogRow, found: Mapping[EventKind, _Found]) -> Iterator[DescribedEvent]:
    event_type = TYPE_OF_KIND[row.kind]
    of_kind = found.get(row.kind, {})
    for ordinal, key in row.subjects():
        if key not in of_kind:
            continue
        facts, data = of_kind[key]
        occurred_at = data.occurred_at if event_type in _OWN_TIME else row.created_at
        more = {"matches_filter": True} if event_type in _CHANGES else {}
        event = EVENTS[event_type](
            id=make_event_id(row.logged_at, row.position, ordinal),
            version=PAYLOAD_VERSION,
            sequence=row.position,
            timestamp=occurred_at,
            occurred_at=occurred_at,
            recorded_at=row.logged_at,
            data=data,
            **more,
        )
        yield DescribedEvent(row.position, ordinal, event, facts)
