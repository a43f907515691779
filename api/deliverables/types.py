"""A tracking deliverable: what makes one link for each creator of a campaign."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Info
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.links.queries import Filter, Order, connect_links, read_filter
from api.links.types import Link
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last, PageArguments
from api.scalars import URL
from tracking.campaigns.queries import DeliverableRow

if TYPE_CHECKING:
    from api.campaigns.types import Campaign


@strawberry.type(description="A link for every creator of a campaign: made once each, past APPLIED.")
class TrackingDeliverable(Node):
    name: str = strawberry.field(description="For people; the label of its links.")
    destination_url: URL = strawberry.field(description="Where its links lead.")
    slug_template: str | None = strawberry.field(description="What its links' slugs look like; null: random ones.")
    archived_at: dt.datetime | None = strawberry.field(description="Since when it makes no more links.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private[DeliverableRow]

    @classmethod
    def from_row(cls, row: DeliverableRow) -> "TrackingDeliverable":
        return cls(
            id=encode_id("TrackingDeliverable", row.id),
            name=row.name,
            destination_url=URL(row.destination_url),
            slug_template=row.slug_template,
            archived_at=row.archived_at,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="The campaign that it belongs to.")
    async def campaign(self, info: Info) -> Annotated["Campaign", strawberry.lazy("api.campaigns.types")]:
        from api.campaigns.types import require_campaign  # noqa: PLC0415 -- campaigns have these, and these a campaign

        return await require_campaign(info.context, self.row.campaign_id)

    @strawberry.field(description="Its links, one for each creator, at most 1,000 at once.")
    async def links(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Link]:
        wanted = read_filter(filter).within(deliverable_id=self.row.id)
        return await connect_links(info.context, wanted, order_by, PageArguments(first, after, last, before))

    history: Connection[HistoryEntry] = make_history_field(
        "TrackingDeliverable", "Who changed it, when, and from what to what."
    )
