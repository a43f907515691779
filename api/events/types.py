"""What every stream of events has: where it starts, that all is told, and what is missing."""

import datetime as dt
from enum import Enum
from typing import Annotated, TypeAlias

import strawberry

from api.reports.types import ResolvedRange


@strawberry.enum(description="Why events are missing.")
class GapReason(Enum):
    CURSOR_TOO_OLD = strawberry.enum_value("CURSOR_TOO_OLD", description="Older than events are kept.")
    LOG_LOST = strawberry.enum_value("LOG_LOST", description="The log ends before it: it was restored from a backup.")


@strawberry.input(one_of=True, description="Where a stream starts; with what happens from now on when left out.")
class StreamStart:
    after: str | None = strawberry.field(default=strawberry.UNSET, description="After the event with this cursor.")
    since: dt.datetime | None = strawberry.field(default=strawberry.UNSET, description="With what was stored since.")
    latest: bool | None = strawberry.field(default=strawberry.UNSET, description="True: what is stored from now on.")


@strawberry.type(description="All that was in the log has been told; what follows is new.")
class StreamReady:
    cursor: str = strawberry.field(description="Resume after this event with `start: {after: cursor}`.")


@strawberry.type(description="Events are missing here. Reports are not affected.")
class EventGap:
    cursor: str = strawberry.field(description="Resume after this event with `start: {after: cursor}`.")
    missed: ResolvedRange = strawberry.field(description="When what is missing was stored.")
    reason: GapReason = strawberry.field(description="Why.")


Start: TypeAlias = Annotated[
    StreamStart | None, strawberry.argument(description="Where to start; with what happens from now on when left out.")
]
