"""A tag of links."""

import strawberry

from api.ids import encode_id
from api.node_reports.types import TagReport
from api.nodes import Node
from api.reports.queries import make_report_field
from api.scalars import BigInt
from tracking.links.tags import TagRow
from tracking.reports.queries import TagSubject


@strawberry.type(description="A tag that links have. It is there as long as one has it; campaigns' tags are others.")
class Tag(Node):
    name: str = strawberry.field(description="The tag itself; upper and lower case are told apart.")
    link_count: BigInt = strawberry.field(description="How many links have it, archived ones too.")

    @classmethod
    def from_row(cls, row: TagRow) -> "Tag":
        return cls(id=encode_id("Tag", row.tag), name=row.tag, link_count=BigInt(row.links))

    report: TagReport = make_report_field(
        "What happened in a range on the links that have the tag now, also before they had it.",
        TagReport,
        lambda tag: TagSubject(tag.name),
    )
