"""Mutations of segments."""

import datetime as dt
from typing import Annotated, Any, TypeAlias

import strawberry

from api.context import Info
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id, read_ids, read_optional_id
from api.permissions import IsWriter
from api.segments.types import CONDITION_FIELDS, Segment, require_segment
from tracking.messages.models import Channel
from tracking.segments.rules import Condition, Definition, SegmentAction, SegmentMatch
from tracking.segments.service import SegmentFields, archive_segment, create_segment, update_segment


@strawberry.input(description="What contacts did, or did not, with messages. What is left out restricts nothing.")
class SegmentConditionInput:
    did: SegmentAction = strawberry.field(description=CONDITION_FIELDS["did"])
    message_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=CONDITION_FIELDS["messageIds"])
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description=CONDITION_FIELDS["campaignId"])
    channel: Channel | None = strawberry.field(default=None, description=CONDITION_FIELDS["channel"])
    made_from: dt.datetime | None = strawberry.field(default=None, description=CONDITION_FIELDS["madeFrom"])
    made_before: dt.datetime | None = strawberry.field(default=None, description=CONDITION_FIELDS["madeBefore"])
    minimum_clicks: int = strawberry.field(default=1, description=CONDITION_FIELDS["minimumClicks"])
    slots: list[int] | None = strawberry.field(default=None, description=CONDITION_FIELDS["slots"])
    offer_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=CONDITION_FIELDS["offerIds"])

    def read(self) -> Condition:
        return Condition(
            did=self.did,
            message_ids=_freeze(read_ids(self.message_ids, "Message")),
            campaign_id=read_optional_id(self.campaign_id, "Campaign"),
            channel=self.channel,
            made_from=self.made_from,
            made_before=self.made_before,
            minimum_clicks=self.minimum_clicks,
            slots=_freeze(self.slots),
            offer_ids=_freeze(read_ids(self.offer_ids, "Offer")),
        )


@strawberry.input(description="Whom a segment means.")
class SegmentDefinitionInput:
    match: SegmentMatch = strawberry.field(default=SegmentMatch.ALL, description="How the conditions go together.")
    conditions: list[SegmentConditionInput] = strawberry.field(description="1 to 10.")

    def read(self) -> Definition:
        return Definition(self.match, tuple(each.read() for each in self.conditions))


@strawberry.input(description="A new segment.")
class CreateSegmentInput:
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    definition: SegmentDefinitionInput = strawberry.field(description="Whom it means.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The segment was created.")
class CreateSegmentSuccess:
    segment: Segment = strawberry.field(description="The new segment, or that of the first call with the same key.")


@strawberry.input(description="What of a segment to change. What is left out stays.")
class UpdateSegmentInput:
    id: strawberry.ID = strawberry.field(description="Of the segment.")
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="For people, 1 to 200 characters.")
    definition: strawberry.Maybe[SegmentDefinitionInput] = strawberry.field(
        default=None, description="All of it anew. Messages that were prepared for it stay as they are."
    )

    def read_changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if self.name is not None:
            changes["name"] = self.name.value
        if self.definition is not None:
            changes["definition"] = self.definition.value.read()
        return changes


@strawberry.type(description="The segment was changed.")
class UpdateSegmentSuccess:
    segment: Segment = strawberry.field(description="As it is now.")


@strawberry.input(description="A segment that is no longer used.")
class ArchiveSegmentInput:
    id: strawberry.ID = strawberry.field(description="Of the segment.")


@strawberry.type(description="No message can be for the segment any more.")
class ArchiveSegmentSuccess:
    segment: Segment = strawberry.field(description="As it is now.")


CreateSegmentResult: TypeAlias = Annotated[
    CreateSegmentSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("CreateSegmentResult", description="How it went."),
]
UpdateSegmentResult: TypeAlias = Annotated[
    UpdateSegmentSuccess | InvalidInput | NotFound | Archived,
    strawberry.union("UpdateSegmentResult", description="How it went."),
]
ArchiveSegmentResult: TypeAlias = Annotated[
    ArchiveSegmentSuccess | NotFound, strawberry.union("ArchiveSegmentResult", description="How it went.")
]


@strawberry.type
class SegmentMutation:
    @strawberry.mutation(
        description="Keep a question about contacts: who clicked, who did not, who converted.",
        permission_classes=[IsWriter],
    )
    async def create_segment(
        self, info: Info, given: Annotated[CreateSegmentInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateSegmentResult:
        fields = SegmentFields(given.name, given.definition.read())
        row = await create_segment(info.context.account_id, fields, idempotency_key=given.idempotency_key)
        return CreateSegmentSuccess(segment=await require_segment(info.context, row.id))

    @strawberry.mutation(description="Change a segment.", permission_classes=[IsWriter])
    async def update_segment(
        self, info: Info, given: Annotated[UpdateSegmentInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateSegmentResult:
        segment_id = read_id(given.id, "Segment")
        row = await update_segment(info.context.account_id, segment_id, given.read_changes())
        return UpdateSegmentSuccess(segment=await require_segment(info.context, row.id))

    @strawberry.mutation(
        description="Archive a segment. Doing it again changes nothing.", permission_classes=[IsWriter]
    )
    async def archive_segment(
        self,
        info: Info,
        given: Annotated[ArchiveSegmentInput, strawberry.argument(name="input", description="Which.")],
    ) -> ArchiveSegmentResult:
        row = await archive_segment(info.context.account_id, read_id(given.id, "Segment"))
        return ArchiveSegmentSuccess(segment=await require_segment(info.context, row.id))


def _freeze(values: list[int] | None) -> tuple[int, ...] | None:
    return None if values is None else tuple(values)
