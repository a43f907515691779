"""An erasure: a person who is forgotten, and how far that is."""

import datetime as dt

import strawberry

from api.context import Context
from api.enums import publish_enum
from api.erasures.loaders import make_erasure_loader
from api.history.types import HistoryActor
from api.ids import encode_id
from api.nodes import Node
from api.scalars import BigInt
from tracking.erasure.models import ErasureKind, ErasureStatus
from tracking.erasure.queries import ErasureRow

publish_enum(
    ErasureStatus,
    "How far an erasure is.",
    {
        ErasureStatus.RUNNING: "What comes in is nobody's already, and links of a contact lead nowhere; a worker goes"
        " through the rest.",
        ErasureStatus.COMPLETED: "Nothing was found any more. Until `watchedUntil` it looks whether clicks come late.",
    },
)
publish_enum(
    ErasureKind,
    "Whom an erasure is about.",
    {
        ErasureKind.CONTACT: "A contact, whom links were made for.",
        ErasureKind.VISITOR: "A visitor of shared links.",
    },
)


@strawberry.type(description="What an erasure blanked in one place.")
class ErasedPlace:
    place: str = strawberry.field(description="Such as clicks, deliveries or webhook bodies.")
    rows: BigInt = strawberry.field(description="Rows, or files.")


@strawberry.type(
    description="A person who was forgotten: of whom is told to nobody. Clicks, orders and counts stay, and are"
    " nobody's."
)
class Erasure(Node):
    kind: ErasureKind = strawberry.field(description="Whether of a contact or of a visitor.")
    status: ErasureStatus = strawberry.field(description="How far it is.")
    places: list[ErasedPlace] = strawberry.field(description="What was blanked so far, by place.")
    requested_at: dt.datetime = strawberry.field(description="When it was asked for.")
    requested_by: HistoryActor = strawberry.field(description="Who asked for it.")
    completed_at: dt.datetime | None = strawberry.field(description="When nothing was found any more.")
    watched_until: dt.datetime = strawberry.field(
        description="A click that waited in a spool or in the dead letter is blanked too when it is stored by then."
    )

    @classmethod
    def from_row(cls, row: ErasureRow) -> "Erasure":
        return cls(
            id=encode_id("Erasure", row.id),
            kind=row.kind,
            status=row.status,
            places=[ErasedPlace(place=place, rows=BigInt(rows)) for place, rows in sorted(row.counts.items())],
            requested_at=row.requested_at,
            requested_by=HistoryActor(kind=row.actor_kind, actor_id=row.actor_id),
            completed_at=row.completed_at,
            watched_until=row.watched_until,
        )


async def load_erasure(context: Context, erasure_id: int | None) -> Erasure | None:
    row = await context.loader(make_erasure_loader).load(erasure_id) if erasure_id else None
    return Erasure.from_row(row) if row else None
