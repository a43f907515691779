"""A segment: contacts by what they did, or did not, with messages."""

import datetime as dt
from typing import Final

import strawberry

from api.contacts.types import Contact
from api.context import Context, Info
from api.enums import publish_enum
from api.ids import encode_id
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.scalars import BigInt
from api.segments.loaders import make_segment_loader
from tracking.clock import utc_now
from tracking.messages.models import Channel
from tracking.segments.members import Question, ask_segment, count_members, list_members
from tracking.segments.queries import SegmentRow
from tracking.segments.rules import Condition, Definition, SegmentAction, SegmentMatch

publish_enum(
    SegmentMatch,
    "How the conditions of a segment go together.",
    {
        SegmentMatch.ALL: "Who meets every one.",
        SegmentMatch.ANY: "Who meets at least one.",
    },
)
publish_enum(
    SegmentAction,
    "What a contact did, or did not, with the messages of a condition.",
    {
        SegmentAction.RECEIVED: "Was a recipient of one, unless the sender told that it FAILED or BOUNCED.",
        SegmentAction.CLICKED: "Made at least `minimumClicks` counted clicks on the contact's own links of them.",
        SegmentAction.NOT_CLICKED: "Received one, and made fewer than `minimumClicks` counted clicks on all of them.",
        SegmentAction.CONVERTED: "Made a conversion that counts, credited to the contact's own links of them.",
        SegmentAction.NOT_CONVERTED: "Received one, and made no such conversion.",
    },
)
CONDITION_FIELDS: Final = {
    "did": "What.",
    "messageIds": "Only these messages: 1 to 100.",
    "campaignId": "Only messages of this campaign.",
    "channel": "Only messages that go this way.",
    "madeFrom": "Only messages that were prepared then or later.",
    "madeBefore": "Only messages that were prepared before this moment.",
    "minimumClicks": "How many counted clicks it takes, 1 to 1,000. Above 1 only clicks that are still kept count.",
    "slots": "Only links in these places of the text, by number. Only clicks that are still kept count.",
    "offerIds": "Only links to these offers, 1 to 100. Only clicks that are still kept count.",
}


@strawberry.type(description="What contacts did, or did not, with messages. What is null restricts nothing.")
class SegmentCondition:
    did: SegmentAction = strawberry.field(description=CONDITION_FIELDS["did"])
    message_ids: list[strawberry.ID] | None = strawberry.field(description=CONDITION_FIELDS["messageIds"])
    campaign_id: strawberry.ID | None = strawberry.field(description=CONDITION_FIELDS["campaignId"])
    channel: Channel | None = strawberry.field(description=CONDITION_FIELDS["channel"])
    made_from: dt.datetime | None = strawberry.field(description=CONDITION_FIELDS["madeFrom"])
    made_before: dt.datetime | None = strawberry.field(description=CONDITION_FIELDS["madeBefore"])
    minimum_clicks: int = strawberry.field(description=CONDITION_FIELDS["minimumClicks"])
    slots: list[int] | None = strawberry.field(description=CONDITION_FIELDS["slots"])
    offer_ids: list[strawberry.ID] | None = strawberry.field(description=CONDITION_FIELDS["offerIds"])

    @classmethod
    def from_condition(cls, told: Condition) -> "SegmentCondition":
        return cls(
            did=told.did,
            message_ids=_encode_all(told.message_ids, "Message"),
            campaign_id=None if told.campaign_id is None else encode_id("Campaign", told.campaign_id),
            channel=told.channel,
            made_from=told.made_from,
            made_before=told.made_before,
            minimum_clicks=told.minimum_clicks,
            slots=None if told.slots is None else list(told.slots),
            offer_ids=_encode_all(told.offer_ids, "Offer"),
        )


@strawberry.type(description="Whom a segment means.")
class SegmentDefinition:
    match: SegmentMatch = strawberry.field(description="How the conditions go together.")
    conditions: list[SegmentCondition] = strawberry.field(description="1 to 10.")

    @classmethod
    def from_definition(cls, told: Definition) -> "SegmentDefinition":
        return cls(match=told.match, conditions=[SegmentCondition.from_condition(each) for each in told.conditions])


@strawberry.type(
    description="Contacts by what they did, or did not, with messages. It is a question, not a list: who is in it is"
    " found when it is asked. Only counted clicks count, so that no scanner makes a contact a clicker."
)
class Segment(Node):
    name: str = strawberry.field(description="For people.")
    definition: SegmentDefinition = strawberry.field(description="Whom it means.")
    archived_at: dt.datetime | None = strawberry.field(description="Since when no message can be for it any more.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private[SegmentRow]

    @classmethod
    def from_row(cls, row: SegmentRow) -> "Segment":
        return cls(
            id=encode_id("Segment", row.id),
            name=row.name,
            definition=SegmentDefinition.from_definition(row.definition),
            archived_at=row.archived_at,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="Who is in it now, those first who were added first.")
    async def contacts(
        self, info: Info, *, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Contact]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="segment")
        question = await self._ask(info.context)
        rows = await list_members(info.context.pool, question, page.window)
        return make_connection(rows, page, Contact.from_row, lambda row: (row.id,))

    @strawberry.field(description="How many are in it now. All are looked at: seconds for a million recipients.")
    async def count(self, info: Info) -> BigInt:
        return BigInt(await count_members(info.context.pool, await self._ask(info.context)))

    async def _ask(self, context: Context) -> Question:
        return await ask_segment(context.pool, context.account_id, self.row.definition, utc_now())


async def load_segment(context: Context, segment_id: int | None) -> Segment | None:
    row = await context.loader(make_segment_loader).load(segment_id) if segment_id else None
    return Segment.from_row(row) if row else None


async def require_segment(context: Context, segment_id: int) -> Segment:
    segment = await load_segment(context, segment_id)
    if segment is None:
        raise LookupError("a segment that was just there is gone")
    return segment


def _encode_all(ids: tuple[int, ...] | None, type_name: str) -> list[strawberry.ID] | None:
    return None if ids is None else [encode_id(type_name, each) for each in ids]
