"""A link: what people share, and what it has done so far."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.clicks.queries import ClickFilter, ClickOrder, Filter, Order, connect_clicks
from api.clicks.types import Click
from api.context import Info
from api.enums import publish_enum
from api.ids import encode_id
from api.links.loaders import make_link_loader
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last
from api.reports.queries import RangeArgument, make_report
from api.reports.types import Metrics, Report
from api.scalars import URL
from tracking.links.listing import LinkRow
from tracking.links.models import LinkKind
from tracking.links.short_urls import write_short_url
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope

if TYPE_CHECKING:
    from api.campaigns.types import Campaign
    from api.creators.types import Creator

publish_enum(
    LinkKind,
    "What a link was made for.",
    {
        LinkKind.CAMPAIGN: "One creator's link of a tracking deliverable, made by its campaign.",
        LinkKind.CREATOR: "A link made for one creator.",
        LinkKind.CUSTOM: "A link for any other use.",
        LinkKind.SYSTEM: "A link that the service itself shares.",
        LinkKind.RECIPIENT: "One contact's link in a message.",
    },
)


@strawberry.type(description="A tracked link. Its account, campaign and creator never change.")
class Link(Node):
    destination_url: URL = strawberry.field(description="Where it leads, without the parameters that a click adds.")
    host: str = strawberry.field(description="The tracking domain that it lives on.")
    slug: str = strawberry.field(description="Its path.")
    label: str = strawberry.field(description="For people: such as the platform it was made for.")
    kind: LinkKind = strawberry.field(description="What it was made for.")
    tags: list[str] = strawberry.field(description="To group links by.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    archived_at: dt.datetime | None = strawberry.field(
        description="Since when it answers 410, for ever; null: it works."
    )
    destination_overridden: bool = strawberry.field(description="True when it does not follow its deliverable.")
    totals: Metrics = strawberry.field(description="Its counts since it was made.")
    row: strawberry.Private[LinkRow]

    @classmethod
    def from_row(cls, row: LinkRow) -> "Link":
        return cls(
            id=encode_id("Link", row.id),
            destination_url=URL(row.destination_url),
            host=row.host,
            slug=row.slug,
            label=row.label,
            kind=row.kind,
            tags=row.tags,
            created_at=row.created_at,
            archived_at=row.archived_at,
            destination_overridden=row.is_destination_overridden,
            totals=Metrics.from_counts(row.totals),
            row=row,
        )

    @strawberry.field(description="What people share.")
    def short_url(self, info: Info) -> URL:
        row, port = self.row, info.context.settings.public_port
        return URL(write_short_url(row.host, row.slug, has_tls=row.has_tls, public_port=port))

    @strawberry.field(description="The link to use in its place, where one was named when it was archived.")
    async def replaced_by(self, info: Info) -> "Link | None":
        link_id = self.row.replaced_by_id
        row = await info.context.loader(make_link_loader).load(link_id) if link_id else None
        return Link.from_row(row) if row else None

    @strawberry.field(description="The campaign that it belongs to.")
    async def campaign(self, info: Info) -> Annotated["Campaign", strawberry.lazy("api.campaigns.types")] | None:
        from api.campaigns.types import load_campaign  # noqa: PLC0415 -- campaigns have links, and links a campaign

        return await load_campaign(info.context, self.row.campaign_id)

    @strawberry.field(description="The creator that it belongs to.")
    async def creator(self, info: Info) -> Annotated["Creator", strawberry.lazy("api.creators.types")] | None:
        from api.creators.types import load_creator  # noqa: PLC0415 -- creators have links, and links a creator

        return await load_creator(info.context, self.row.creator_id)

    @strawberry.field(description="What happened on it in a range.")
    async def report(self, info: Info, wanted: RangeArgument) -> Report:
        return await make_report(info.context, Subject(Scope.LINK, self.row.id), wanted)

    @strawberry.field(description="Its single clicks, for as long as they are kept.")
    async def clicks(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = ClickOrder.NEWEST_FIRST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Click]:
        wanted = (filter or ClickFilter()).read().within_link(self.row.id)
        return await connect_clicks(info.context, wanted, order_by, first, after, last, before)
