"""A link: what people share, and what it has done so far."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.bot_policies.types import BotPolicy, load_bot_policy
from api.breakdowns.types import register_entity
from api.clicks.queries import Filter, Order, connect_clicks
from api.clicks.types import Click
from api.contacts.types import Contact, load_contact
from api.context import Context, Info
from api.destinations.types import DestinationCheck, UtmParameters
from api.enums import publish_enum
from api.errors import refuse_input
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.links.loaders import make_link_loader, make_recipient_totals_loader
from api.metrics.queries import read_everything, read_recipient_link
from api.metrics.types import Metrics
from api.node_reports.types import LinkReport
from api.nodes import Node
from api.offers.types import Offer, load_offer
from api.pagination import After, Before, Connection, First, Last, PageArguments
from api.reports.queries import Asked, CompareTo, ConversionsBy, RangeArgument, make_report
from api.scalars import URL
from api.users.types import User, load_user
from tracking.bots.policies.queries import PolicyTarget
from tracking.links.alphabets import mixes_alphabets
from tracking.links.listing import LinkRow
from tracking.links.models import LinkKind, QueryPolicy, SystemLinkKind
from tracking.links.short_urls import (
    DEFAULT_QR_PX,
    MAX_QR_PX,
    MIN_QR_PX,
    QrFormat,
    write_qr_url,
    write_short_url,
)
from tracking.links.utm import read_utm
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope

if TYPE_CHECKING:
    from api.campaigns.types import Campaign
    from api.creators.types import Creator
    from api.deliverables.types import TrackingDeliverable
    from api.messages.types import Message

publish_enum(
    LinkKind,
    "What a link was made for.",
    {
        LinkKind.CAMPAIGN: "One creator's link of a tracking deliverable, made by its campaign.",
        LinkKind.CREATOR: "A link made for one creator.",
        LinkKind.CUSTOM: "A link for any other use, which goes by its label.",
        LinkKind.SYSTEM: "A link that the service makes by itself where a URL is set: see `systemKind`.",
        LinkKind.RECIPIENT: "A link of a message: one recipient's own, or the one to copy, whose clicks name nobody.",
    },
)
publish_enum(
    SystemLinkKind,
    "What a system link is for. There is one that works for each thing.",
    {
        SystemLinkKind.CAMPAIGN_JOIN: "Leads to where people join a campaign.",
        SystemLinkKind.OPT_IN: "Leads to where people opt in to a campaign.",
        SystemLinkKind.ACTION_PAGE: "Leads to the action page of a message.",
        SystemLinkKind.SHARE: "A contact's own link to share: it tells whom to credit, never who came.",
    },
)
publish_enum(
    QueryPolicy,
    "What becomes of the query parameters that a visitor brings along. Creator and click id are never touched.",
    {
        QueryPolicy.IGNORE: "They are dropped.",
        QueryPolicy.KEEP: "They are added; where the destination has one of the same name, the destination's stays.",
        QueryPolicy.OVERWRITE: "They are added; where the destination has one of the same name, the visitor's wins.",
        QueryPolicy.APPEND: "They are added after those of the destination, also where names are the same.",
    },
)
publish_enum(
    QrFormat,
    "The format of a picture.",
    {QrFormat.SVG: "Vectors: sharp at any size.", QrFormat.PNG: "Pixels."},
)


@strawberry.type(
    description="A tracked link. Its slug, and whom and what it belongs to, never change. A click belongs to the link "
    "that was clicked, wherever that was shared, and is never guessed to a post: `<shortUrl>~<placement>` tells places "
    "apart, and so do several links to one destination."
)
class Link(Node):
    destination_url: URL = strawberry.field(description="Where it leads, without the parameters that a click adds.")
    host: str = strawberry.field(description="The tracking domain that it lives on.")
    slug: str = strawberry.field(description="Its path.")
    label: str = strawberry.field(description="For people: such as the platform it was made for.")
    kind: LinkKind = strawberry.field(description="What it was made for.")
    system_kind: SystemLinkKind | None = strawberry.field(description="What a system link is for; null for others.")
    tags: list[str] = strawberry.field(description="To group links by.")
    query_policy: QueryPolicy = strawberry.field(description="What becomes of a visitor's own query parameters.")
    is_test: bool = strawberry.field(description="True when none of its clicks counts: all are of class TEST.")
    is_honeypot: bool = strawberry.field(description="True when no person sees it: who opens it is a program.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    archived_at: dt.datetime | None = strawberry.field(
        description="Since when it answers 410, for ever; null: it works."
    )
    deleted_at: dt.datetime | None = strawberry.field(
        description="Since when a custom link is in no list any more; its clicks still name it."
    )
    destination_overridden: bool = strawberry.field(
        description="True for a campaign's link that was led elsewhere by hand: it does not follow its deliverable."
    )
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
            system_kind=row.system_kind,
            tags=row.tags,
            query_policy=row.query_policy,
            is_test=row.is_test,
            is_honeypot=row.is_honeypot,
            created_at=row.created_at,
            archived_at=row.archived_at,
            deleted_at=row.deleted_at,
            destination_overridden=row.is_destination_overridden,
            row=row,
        )

    @strawberry.field(
        description="Its counts since it was made. Of one contact's link: of the clicks that are still kept,"
        " and of all conversions."
    )
    async def totals(self, info: Info) -> Metrics:
        if self.row.contact_id is None:
            return Metrics.from_counts(self.row.totals, read_everything(Subject(Scope.LINK, self.row.id)))
        counts = await info.context.loader(make_recipient_totals_loader).load(self.row.id)
        return Metrics.from_counts(counts, read_recipient_link(self.row.id))

    @strawberry.field(description="What people share.")
    def short_url(self, info: Info) -> URL:
        row, port = self.row, info.context.settings.public_port
        return URL(write_short_url(row.host, row.slug, has_tls=row.has_tls, public_port=port))

    @strawberry.field(description="Where the picture of its QR code is. Its clicks have the placement `qr`.")
    def qr_code_url(
        self,
        info: Info,
        *,
        format: Annotated[QrFormat, strawberry.argument(description="Of the picture.")] = QrFormat.SVG,  # noqa: A002 -- the name in the graph
        size_px: Annotated[
            int, strawberry.argument(description=f"Width and height, {MIN_QR_PX} to {MAX_QR_PX}.")
        ] = DEFAULT_QR_PX,
    ) -> URL:
        if not MIN_QR_PX <= size_px <= MAX_QR_PX:
            raise refuse_input(f"`sizePx` must be from {MIN_QR_PX} to {MAX_QR_PX}.")
        return URL(write_qr_url(self.short_url(info), format, size_px))

    @strawberry.field(description="The utm parameters of its destination.")
    def utm(self) -> UtmParameters:
        return UtmParameters(**read_utm(self.row.destination_url)._asdict())

    @strawberry.field(
        description="True when its destination's host mixes letters of several alphabets, as addresses do that pass for"
        " others'. Show it to whoever decides about the link."
    )
    def destination_mixes_alphabets(self) -> bool:
        return mixes_alphabets(self.row.destination_url)

    @strawberry.field(description="What was seen at its destination; null before the first visit, and after a change.")
    def destination_check(self) -> DestinationCheck | None:
        row = self.row
        if row.is_destination_broken is None or row.destination_checked_at is None:
            return None
        return DestinationCheck(
            is_broken=row.is_destination_broken,
            checked_at=row.destination_checked_at,
            finding=row.destination_finding,
        )

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

    @strawberry.field(description="The deliverable that made it; null for links of other kinds.")
    async def deliverable(
        self, info: Info
    ) -> Annotated["TrackingDeliverable", strawberry.lazy("api.deliverables.types")] | None:
        from api.deliverables.queries import load_deliverable  # noqa: PLC0415 -- deliverables have links, and so on

        return await load_deliverable(info.context, self.row.deliverable_id)

    @strawberry.field(description="The message that it was prepared for; null for others.")
    async def message(self, info: Info) -> Annotated["Message", strawberry.lazy("api.messages.types")] | None:
        from api.messages.types import load_message  # noqa: PLC0415 -- messages have links, and links a message

        return await load_message(info.context, self.row.message_id)

    @strawberry.field(
        description="Whom it was made for: each click on it is taken for this contact's. Null for a link that is "
        "shared, whose visitors are anybody and are never guessed."
    )
    async def contact(self, info: Info) -> Contact | None:
        return await load_contact(info.context, self.row.contact_id)

    @strawberry.field(description="The contact whose link to share this is, credited with the clicks of others.")
    async def referring_contact(self, info: Info) -> Contact | None:
        return await load_contact(info.context, self.row.referring_contact_id)

    @strawberry.field(description="What it sells, as it was when it was made.")
    async def offer(self, info: Info) -> Offer | None:
        return await load_offer(info.context, self.row.offer_id)

    @strawberry.field(description="The user who is credited for its clicks.")
    async def sharer(self, info: Info) -> User | None:
        return await load_user(info.context, self.row.sharer_id)

    @strawberry.field(description="What is done about programs that open it.")
    async def bot_policy(self, info: Info) -> BotPolicy:
        return await load_bot_policy(info.context, PolicyTarget(self.row.campaign_id, self.row.id))

    history: Connection[HistoryEntry] = make_history_field("Link")

    @strawberry.field(
        description="What happened on it in a range. Null for one contact's link, which is in the report of its "
        "message; its own few clicks are `totals` and `clicks`."
    )
    async def report(
        self,
        info: Info,
        wanted: RangeArgument,
        compare_to: CompareTo = None,
        conversions_by: ConversionsBy = Dating.CONVERSION_TIME,
    ) -> LinkReport | None:
        if self.row.contact_id is not None:
            return None
        asked = Asked(wanted, compare_to, conversions_by)
        return await make_report(info.context, LinkReport, Subject(Scope.LINK, self.row.id), asked)

    @strawberry.field(description="Its single clicks, for as long as they are kept.")
    async def clicks(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Click]:
        page = PageArguments(first, after, last, before)
        return await connect_clicks(info.context, filter, order_by, page, link_id=self.row.id)


async def load_link(context: Context, link_id: int | None) -> Link | None:
    row = await context.loader(make_link_loader).load(link_id) if link_id else None
    return Link.from_row(row) if row else None


async def require_link(context: Context, link_id: int) -> Link:
    link = await load_link(context, link_id)
    if link is None:
        raise LookupError("a link that was just there is gone")
    return link


register_entity("Link", load_link)
