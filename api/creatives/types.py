"""A creative: what a message looks like."""

import datetime as dt

import strawberry

from api.context import Context
from api.creatives.loaders import make_creative_loader
from api.ids import encode_id
from api.nodes import Node
from tracking.creatives.queries import CreativeRow


@strawberry.type(description="What a message looks like, so that messages can be compared by it.")
class Creative(Node):
    name: str = strawberry.field(description="For people.")
    external_id: str | None = strawberry.field(description="The brand's own id of the creative, unique in the account.")
    archived_at: dt.datetime | None = strawberry.field(description="Since when no message takes it any more.")
    created_at: dt.datetime = strawberry.field(description="When the account added it.")

    @classmethod
    def from_row(cls, row: CreativeRow) -> "Creative":
        return cls(
            id=encode_id("Creative", row.id),
            name=row.name,
            external_id=row.external_id,
            archived_at=row.archived_at,
            created_at=row.created_at,
        )


async def load_creative(context: Context, creative_id: int | None) -> Creative | None:
    row = await context.loader(make_creative_loader).load(creative_id) if creative_id else None
    return Creative.from_row(row) if row else None


async def require_creative(context: Context, creative_id: int) -> Creative:
    creative = await load_creative(context, creative_id)
    if creative is None:
        raise LookupError("a creative that was just there is gone")
    return creative
