"""An event as it is sent: what it is, when, and the state of what it is about. Pure."""

from typing import Annotated, Final, TypeAlias

import msgspec

from tracking.events.payloads.things import (
    ClickPayload,
    ConversionPayload,
    ExportPayload,
    ImportPayload,
    LinkPayload,
    Named,
)
from tracking.events.payloads.words import Moment, describe
from tracking.events.types import EventType

_FILTER: Final = describe("True: it matches the endpoint's filter as it is now. False: it has left it, or never did.")


class _Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    id: Annotated[str, describe("The same whenever and to whomever it is told.")]
    version: Annotated[int, describe("Of what stands here; raised when a field changes its meaning.")]
    sequence: Annotated[
        int, describe("Its place in the order of all events: of two about the same thing the higher one holds.")
    ]
    timestamp: Annotated[Moment, describe("As occurredAt.")]
    occurred_at: Annotated[Moment, describe("When what it tells happened.")]
    recorded_at: Annotated[Moment, describe("When it got its place in the order of all events.")]


class ClickRecorded(_Event, frozen=True, kw_only=True, tag=EventType.CLICK_RECORDED.value):
    """A click was stored."""

    data: Annotated[ClickPayload, describe("The click, as it was when this was written.")]


class ClickReclassified(_Event, frozen=True, kw_only=True, tag=EventType.CLICK_RECLASSIFIED.value):
    """A click is judged or counted otherwise than before."""

    matches_filter: Annotated[bool, _FILTER]
    data: Annotated[ClickPayload, describe("The click, as it was when this was written.")]


class ConversionRecorded(_Event, frozen=True, kw_only=True, tag=EventType.CONVERSION_RECORDED.value):
    """A conversion was stored, whatever becomes of it."""

    data: Annotated[ConversionPayload, describe("The conversion, as it was when this was written.")]


class ConversionChanged(_Event, frozen=True, kw_only=True, tag=EventType.CONVERSION_CHANGED.value):
    """A conversion stands otherwise than before."""

    matches_filter: Annotated[bool, _FILTER]
    data: Annotated[ConversionPayload, describe("The conversion, as it was when this was written.")]


class LinkCreated(_Event, frozen=True, kw_only=True, tag=EventType.LINK_CREATED.value):
    """A link was made. Those of a message's recipients are not told one by one."""

    data: Annotated[LinkPayload, describe("The link, as it was when this was written.")]


class LinkArchived(_Event, frozen=True, kw_only=True, tag=EventType.LINK_ARCHIVED.value):
    """A link answers 410 from now on, for ever."""

    data: Annotated[LinkPayload, describe("The link, as it was when this was written.")]


class ExportFinished(_Event, frozen=True, kw_only=True, tag=EventType.EXPORT_FINISHED.value):
    """An export is completed, or failed."""

    data: Annotated[ExportPayload, describe("The export.")]


class ImportFinished(_Event, frozen=True, kw_only=True, tag=EventType.IMPORT_FINISHED.value):
    """An import is completed, or failed."""

    data: Annotated[ImportPayload, describe("The import.")]


class Pinged(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    webhook: Annotated[Named, describe("The endpoint that is tried out.")]


class Ping(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", tag="ping"):
    """Somebody tries an endpoint out. Nothing has happened."""

    id: Annotated[str, describe("Of this ping alone.")]
    version: Annotated[int, describe("Of what stands here; raised when a field changes its meaning.")]
    timestamp: Annotated[Moment, describe("When it was asked for.")]
    occurred_at: Annotated[Moment, describe("As timestamp.")]
    recorded_at: Annotated[Moment, describe("As timestamp.")]
    data: Pinged


Event: TypeAlias = (
    ClickRecorded
    | ClickReclassified
    | ConversionRecorded
    | ConversionChanged
    | LinkCreated
    | LinkArchived
    | ExportFinished
    | ImportFinished
)
EVENTS: Final[dict[EventType, type[Event]]] = {
    EventType.CLICK_RECORDED: ClickRecorded,
    EventType.CLICK_RECLASSIFIED: ClickReclassified,
    EventType.CONVERSION_RECORDED: ConversionRecorded,
    EventType.CONVERSION_CHANGED: ConversionChanged,
    EventType.LINK_CREATED: LinkCreated,
    EventType.LINK_ARCHIVED: LinkArchived,
    EventType.EXPORT_FINISHED: ExportFinished,
    EventType.IMPORT_FINISHED: ImportFinished,
}
_encoder: Final = msgspec.json.Encoder()


def write_event(event: Event) -> bytes:
    return _encoder.encode(event)
