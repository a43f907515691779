"""A creative: what a message looks like."""

import datetime as dt

import strawberry

from api.breakdowns.types import register_entity
from api.context import Context
from api.creatives.loaders import make_creative_loader
from api.ids import encode_id
from api.node_reports.types import CreativeReport
from api.nodes import Node
from api.reports.queries import make_report_field
from tracking.creatives.queries import CreativeRow
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope


@strawberry.type(description="What a message looks like, so that messages can be compared by it.")
class Creative(Node):
    name: str = strawberry.field(description="For people.")
    external_id: str | None = strawberry.field(description="The brand's own id of the creative, unique in the account.")
    archived_at: dt.datetime | None = strawberry.field(description="Since when no message takes it any more.")
    created_at: dt.datetime = strawberry.field(description="When the account added it.")
    row: strawberry.Private[CreativeRow]

    @classmethod
    def from_row(cls, row: CreativeRow) -> "Creative":
        return cls(
            id=encode_id("Creative", row.id),
            name=row.name,
            external_id=row.external_id,
            archived_at=row.archived_at,
            created_at=row.created_at,
            row=row,
        )

    report: CreativeReport = make_report_field(
        "What happened on the links of the messages that look like this in a range.",
        CreativeReport,
        lambda creative: Subject(Scope.CREATIVE, creative.row.id),
    )


async def load_creative(context: Context, creative_id: int | None) -> Creative | None:
    row = await context.loader(make_creative_loader).load(creative_id) if creative_id else None
    return Creative.from_row(row) if row else None


async def require_creative(context: Context, creative_id: int) -> Creative:
    creative = await load_creative(context, creative_id)
    if creative is None:
        raise LookupError("a creative that was just there is gone")
    return creative


register_entity("Creative", load_creative)
