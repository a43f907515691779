"""What every stream of events has: where it starts, that all is told, and what is missing."""

import datetime as dt
from enum import Enum
from typing import Annotated, TypeAlias

import strawberry

from api.enums import publish_enum
from api.reports.types import ResolvedRange
from api.scalars import BigInt
from tracking.events.types import EventType

publish_enum(
    EventType,
    "What happened, with its name in payloads of webhooks.",
    {
        EventType.CLICK_RECORDED: "`click.recorded`: a click was stored.",
        EventType.CLICK_RECLASSIFIED: "`click.reclassified`: a click is judged or counted otherwise than before.",
        EventType.CONVERSION_RECORDED: "`conversion.recorded`: a conversion was stored, however it stands.",
        EventType.CONVERSION_CHANGED: "`conversion.changed`: a conversion stands otherwise than before.",
        EventType.LINK_CREATED: "`link.created`: a link was made, but for those of recipients.",
        EventType.LINK_ARCHIVED: "`link.archived`: a link was stopped for ever.",
        EventType.EXPORT_FINISHED: "`export.finished`: an export is there, or failed.",
        EventType.IMPORT_FINISHED: "`import.finished`: an import is done, or failed.",
    },
)


@strawberry.enum(description="Why events are missing.")
class GapReason(Enum):
    CURSOR_TOO_OLD = strawberry.enum_value("CURSOR_TOO_OLD", description="Older than events are kept.")
    SLOW_CONSUMER = strawberry.enum_value(
        "SLOW_CONSUMER", description="This stream was read so slowly that the log dropped what came next."
    )
    LOG_LOST = strawberry.enum_value(
        "LOG_LOST", description="The log does not know it: the log was restored from a backup."
    )


@strawberry.input(one_of=True, description="Where a stream starts; with what happens from now on when left out.")
class StreamStart:
    after: str | None = strawberry.field(default=strawberry.UNSET, description="After the event with this cursor.")
    since: dt.datetime | None = strawberry.field(default=strawberry.UNSET, description="With what was stored since.")
    latest: bool | None = strawberry.field(default=strawberry.UNSET, description="True: what is stored from now on.")


@strawberry.interface(description="Whatever a stream of events tells.")
class StreamEvent:
    cursor: str = strawberry.field(description="Resume after this event with `start: {after: cursor}`.")


@strawberry.interface(description="Something that happened, told as the log of events has it.")
class TrackedEvent(StreamEvent):
    type: EventType = strawberry.field(description="What happened.")
    id: strawberry.ID = strawberry.field(
        description="The same in streams, webhooks and replays: what has it twice told one event twice."
    )
    version: int = strawberry.field(description="Of what events hold; raised when something changes its meaning.")
    sequence: BigInt = strawberry.field(
        description="Ascends with the log. Of two events about the same thing, what the higher one says holds."
    )
    occurred_at: dt.datetime = strawberry.field(description="When it happened.")
    recorded_at: dt.datetime = strawberry.field(description="When it came into the log.")


@strawberry.type(description="All that was in the log has been told; what follows is new.")
class StreamReady(StreamEvent):
    pass


@strawberry.type(
    description="Nothing to tell for a while, for nothing happened that is wanted. Keep the cursor in place of the last"
    " one: resumed after it, a stream need not look at what lies between, and the cursor stays young."
)
class StreamCheckpoint(StreamEvent):
    pass


@strawberry.type(
    description="Events are missing here. Reports are not affected. What is missing is found by asking for the clicks"
    " and conversions that were stored or changed in the range `missed`."
)
class EventGap(StreamEvent):
    missed: ResolvedRange = strawberry.field(
        description="When what is missing was stored or changed; generously, so that some of it may have been told."
    )
    reason: GapReason = strawberry.field(description="Why.")


Start: TypeAlias = Annotated[
    StreamStart | None, strawberry.argument(description="Where to start; with what happens from now on when left out.")
]
