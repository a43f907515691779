"""A message: a text with links, prepared here for its recipients and sent by somebody else."""

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.breakdowns.types import register_entity
from api.campaigns.types import Campaign, load_campaign
from api.context import Context, Info
from api.enums import publish_enum
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.links.loaders import make_link_loader
from api.links.types import Link
from api.message_performances.queries import (
    RecipientFilterArgument,
    connect_recipient_clicks,
    make_message_performance,
)
from api.message_performances.types import MessagePerformance, RecipientClicks
from api.message_texts.queries import MessageTextOrder, TextFilterArgument, TextOrderArgument, connect_texts
from api.message_texts.types import MessageText, SharedText
from api.messages.loaders import (
    make_action_page_loader,
    make_delivery_loader,
    make_message_loader,
    make_shared_link_loader,
    make_shared_text_loader,
    make_slot_loader,
)
from api.metrics.queries import read_everything
from api.metrics.types import Metrics
from api.node_reports.types import MessageReport
from api.nodes import Node
from api.offers.types import Offer, load_offer
from api.pagination import After, Before, Connection, First, Last, PageArguments
from api.ranged_metrics.queries import OptionalRange
from api.reports.loaders import ReportKey, make_total_loader
from api.reports.queries import make_report_field
from api.scalars import URL, BigInt
from api.users.types import User, load_user
from tracking.messages.composing import Slot
from tracking.messages.models import Channel, MessageStatus
from tracking.messages.queries import MessageRow
from tracking.reports.queries import Counts, Subject
from tracking.reports.ranges import EVERYTHING
from tracking.reports.scopes import Scope

if TYPE_CHECKING:
    from api.creatives.types import Creative

publish_enum(
    Channel,
    "How a message reaches people.",
    {
        Channel.BROADCAST_SMS: "One SMS to many.",
        Channel.PEER_TO_PEER: "SMS by SMS, by a volunteer.",
        Channel.FRIEND_TO_FRIEND: "By somebody to people they know.",
        Channel.EMAIL: "By e-mail.",
        Channel.SOCIAL: "In a social network.",
        Channel.OPEN_WEBPAGE: "A page that is opened; it has no recipients.",
    },
)
publish_enum(
    MessageStatus,
    "How far a message is.",
    {
        MessageStatus.PREPARING: "The links of its recipients are being made.",
        MessageStatus.PREPARED: "Every recipient has their links.",
        MessageStatus.FAILED: "Not all links could be made; `failure` says why.",
    },
)


@strawberry.enum(description="What the number of sent messages counts.")
class SentBasis(Enum):
    DELIVERIES = strawberry.enum_value(
        "DELIVERIES", description="Recipients that the sender told of, but those whose sending failed."
    )
    PREPARED_RECIPIENTS = strawberry.enum_value(
        "PREPARED_RECIPIENTS", description="Recipients with their links, as the sender has told nothing yet."
    )


@strawberry.type(description="How many recipients a message was sent to, as far as is known.")
class SentCount:
    count: BigInt = strawberry.field(description="How many.")
    basis: SentBasis = strawberry.field(description="What they are.")


@strawberry.type(description="A place in the text for a link. The same tag twice is one place.")
class MessageSlot:
    number: int = strawberry.field(description="From 1, in the order of the text.")
    tag: str = strawberry.field(description="What stands there; `url_1` is the first plain address that is tracked.")
    destination_url: URL = strawberry.field(description="Where its links lead, as it was when it was prepared.")
    is_honeypot: bool = strawberry.field(description="True for links that no person sees: who opens one is a program.")
    message_id: strawberry.Private[int]
    row: strawberry.Private[Slot]

    @classmethod
    def from_row(cls, message_id: int, row: Slot) -> "MessageSlot":
        destination = URL(row.destination_url)
        return cls(
            number=row.number,
            tag=row.tag,
            destination_url=destination,
            is_honeypot=row.is_honeypot,
            message_id=message_id,
            row=row,
        )

    @strawberry.field(description="The offer that its links are bound to for ever.")
    async def offer(self, info: Info) -> Offer | None:
        return await load_offer(info.context, self.row.offer_id)

    @strawberry.field(
        description="The link to copy where no recipient is known: its clicks name nobody; a honeypot has none."
    )
    async def shared_link(self, info: Info) -> Link | None:
        link_id = await info.context.loader(make_shared_link_loader).load((self.message_id, self.number))
        return await _load_link(info.context, link_id)

    @strawberry.field(description="The counts of its links, those of every recipient, since they were made.")
    async def totals(self, info: Info) -> Metrics:
        subject = Subject(Scope.MESSAGE_SLOT, self.message_id, self.number)
        return Metrics.from_counts(await _load_totals(info.context, subject), read_everything(subject))


@strawberry.type(description="A text with links, prepared for its recipients. It is sent by somebody else.")
class Message(Node):
    name: str = strawberry.field(description="For people.")
    channel: Channel = strawberry.field(description="How it reaches people.")
    template: str = strawberry.field(description="The text with its merge tags.")
    variant: str = strawberry.field(description="Of an A/B test, such as A; empty for none.")
    tracks_plain_urls: bool = strawberry.field(description="True when addresses in the text became tracked links.")
    is_html: bool = strawberry.field(description="True when names and links are escaped for HTML.")
    action_page_url: URL | None = strawberry.field(description="Where its action page is.")
    opt_out_url: URL | None = strawberry.field(description="Where `{{ opt_out }}` leads, untracked.")
    status: MessageStatus = strawberry.field(description="How far it is.")
    failure: str | None = strawberry.field(description="Why not all links could be made.")
    recipients: BigInt = strawberry.field(description="How many are named so far.")
    prepared: BigInt = strawberry.field(description="How many of them have their links.")
    prepared_at: dt.datetime | None = strawberry.field(description="When all had them; null while it is preparing.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private[MessageRow]

    @classmethod
    def from_row(cls, row: MessageRow) -> "Message":
        return cls(
            id=encode_id("Message", row.id),
            name=row.name,
            channel=row.channel,
            template=row.template,
            variant=row.variant,
            tracks_plain_urls=row.tracks_plain_urls,
            is_html=row.is_html,
            action_page_url=URL(row.action_page_url) if row.action_page_url else None,
            opt_out_url=URL(row.opt_out_url) if row.opt_out_url else None,
            status=row.status,
            failure=row.failure,
            recipients=BigInt(row.recipients),
            prepared=BigInt(row.prepared),
            prepared_at=row.prepared_at,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="The campaign that it, and every click on it, belongs to.")
    async def campaign(self, info: Info) -> Campaign | None:
        return await load_campaign(info.context, self.row.campaign_id)

    @strawberry.field(description="What it looks like.")
    async def creative(self, info: Info) -> Annotated["Creative", strawberry.lazy("api.creatives.types")] | None:
        from api.creatives.types import load_creative  # noqa: PLC0415 -- creatives may have messages

        return await load_creative(info.context, self.row.creative_id)

    @strawberry.field(description="The user who sends it: credited with its clicks.")
    async def sharer(self, info: Info) -> User | None:
        return await load_user(info.context, self.row.sharer_id)

    @strawberry.field(description="The link to its action page, to copy; null when it has none.")
    async def action_page_link(self, info: Info) -> Link | None:
        return await _load_link(info.context, await info.context.loader(make_action_page_loader).load(self.row.id))

    @strawberry.field(description="The places for links in its text.")
    async def slots(self, info: Info) -> list[MessageSlot]:
        rows = await info.context.loader(make_slot_loader).load(self.row.id)
        return [MessageSlot.from_row(self.row.id, row) for row in rows]

    @strawberry.field(description="The text with the links to copy; null when it is for a recipient only.")
    async def shared_text(self, info: Info) -> SharedText | None:
        wording = await info.context.loader(make_shared_text_loader).load(self.row.id)
        return SharedText.from_wording(wording) if wording else None

    @strawberry.field(
        description="What each recipient is to be sent, at most 1,000 at once. In the order they were named a page"
        " never misses who is added meanwhile."
    )
    async def texts(
        self,
        info: Info,
        *,
        filter: TextFilterArgument = None,  # noqa: A002 -- the name in the graph
        order_by: TextOrderArgument = MessageTextOrder.FIRST_NAMED_FIRST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MessageText]:
        slots = await info.context.loader(make_slot_loader).load(self.row.id)
        page = PageArguments(first, after, last, before)
        return await connect_texts(info.context, self.row, slots, filter, order=order_by, arguments=page)

    @strawberry.field(description="How many it was sent to: by the sender's reports where there are any.")
    async def sent(self, info: Info) -> SentCount:
        told = await info.context.loader(make_delivery_loader).load(self.row.id)
        if told is None:
            return SentCount(count=BigInt(self.row.prepared), basis=SentBasis.PREPARED_RECIPIENTS)
        return SentCount(count=BigInt(told.sent), basis=SentBasis.DELIVERIES)

    @strawberry.field(description="How it did: what became of its deliveries, and clicks beside them.")
    async def performance(self, info: Info, wanted: OptionalRange = None) -> MessagePerformance:
        slots = await info.context.loader(make_slot_loader).load(self.row.id)
        return await make_message_performance(info.context, self.row.id, [slot.number for slot in slots], wanted)

    @strawberry.field(
        description="Its recipients, contacts alone, and what each of them clicked; those first who were added to your"
        " contacts first."
    )
    async def recipient_clicks(
        self,
        info: Info,
        *,
        filter: RecipientFilterArgument = None,  # noqa: A002 -- the name in the graph
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[RecipientClicks]:
        page = PageArguments(first, after, last, before)
        return await connect_recipient_clicks(info.context, self.row.id, filter, page)

    @strawberry.field(description="The counts of all its links since they were made.")
    async def totals(self, info: Info) -> Metrics:
        subject = Subject(Scope.MESSAGE, self.row.id)
        return Metrics.from_counts(await _load_totals(info.context, subject), read_everything(subject))

    report: MessageReport = make_report_field(
        "What happened on its links in a range.",
        MessageReport,
        lambda message: Subject(Scope.MESSAGE, message.row.id),
    )

    history: Connection[HistoryEntry] = make_history_field("Message", "Who prepared it and added recipients, and when.")


async def load_message(context: Context, message_id: int | None) -> Message | None:
    row = await context.loader(make_message_loader).load(message_id) if message_id else None
    return Message.from_row(row) if row else None


async def _load_link(context: Context, link_id: int) -> Link | None:
    row = await context.loader(make_link_loader).load(link_id) if link_id else None
    return Link.from_row(row) if row else None


async def _load_totals(context: Context, subject: Subject) -> Counts:
    return await context.loader(make_total_loader).load(ReportKey(subject, EVERYTHING))


register_entity("Message", load_message)
