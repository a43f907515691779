"""Mutations of the creators in a campaign."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.bulk import make_item
from api.campaign_creators.loaders import make_membership_loader
from api.campaign_creators.types import CampaignCreator
from api.context import Context, Info
from api.errors import InvalidInput, NotFound, UserError
from api.ids import UNKNOWN_KEY, read_id
from api.permissions import IsWriter
from tracking.campaigns.models import Stage
from tracking.campaigns.service import add_creators, set_stage
from tracking.campaigns.stages import Move, set_stages


@strawberry.input(description="Creators to put into a campaign.")
class AddCreatorsToCampaignInput:
    campaign_id: strawberry.ID = strawberry.field(description="Of the campaign.")
    creator_ids: list[strawberry.ID] = strawberry.field(description="1 to 1,000 creators.")
    stage: Stage = strawberry.field(
        default=Stage.APPLIED, description="Where those who are new begin. Past APPLIED they get their links at once."
    )


@strawberry.type(description="What became of one creator of the call.")
class AddCreatorsToCampaignItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when the creator is in the campaign now.")
    node: CampaignCreator | None = strawberry.field(description="The creator in the campaign, also if from before.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Every creator that could be added was; each item says what became of one.")
class AddCreatorsToCampaignSuccess:
    items: list[AddCreatorsToCampaignItem] = strawberry.field(description="In the order of the input.")


@strawberry.input(description="Where a creator stands from now on.")
class SetCampaignCreatorStageInput:
    id: strawberry.ID = strawberry.field(description="Of the creator in the campaign.")
    stage: Stage = strawberry.field(
        description="Past APPLIED, links that are missing are made at once; for who comes from APPLIED or DECLINED,"
        " also new ones in place of those that were archived."
    )


@strawberry.type(description="The stage is set, and the links are there.")
class SetCampaignCreatorStageSuccess:
    campaign_creator: CampaignCreator = strawberry.field(description="As it is now.")


@strawberry.input(description="Where creators stand from now on.")
class SetCampaignCreatorStagesInput:
    items: list[SetCampaignCreatorStageInput] = strawberry.field(description="1 to 1,000, of any campaigns.")


@strawberry.type(description="What became of one creator of the call.")
class SetCampaignCreatorStagesItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when the creator is at the stage now, also if from before.")
    node: CampaignCreator | None = strawberry.field(description="As it is now.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Every creator who could be moved was, and has links; each item says what became of one.")
class SetCampaignCreatorStagesSuccess:
    items: list[SetCampaignCreatorStagesItem] = strawberry.field(description="In the order of the input.")


SetCampaignCreatorStagesResult: TypeAlias = Annotated[
    SetCampaignCreatorStagesSuccess | InvalidInput,
    strawberry.union("SetCampaignCreatorStagesResult", description="How it went."),
]
AddCreatorsToCampaignResult: TypeAlias = Annotated[
    AddCreatorsToCampaignSuccess | InvalidInput | NotFound,
    strawberry.union("AddCreatorsToCampaignResult", description="How it went."),
]
SetCampaignCreatorStageResult: TypeAlias = Annotated[
    SetCampaignCreatorStageSuccess | NotFound,
    strawberry.union("SetCampaignCreatorStageResult", description="How it went."),
]


@strawberry.type
class CampaignCreatorMutation:
    @strawberry.mutation(
        description="Put creators into a campaign. One who is in it keeps the stage, so a repeat changes nothing.",
        permission_classes=[IsWriter],
    )
    async def add_creators_to_campaign(
        self,
        info: Info,
        given: Annotated[AddCreatorsToCampaignInput, strawberry.argument(name="input", description="Who and where.")],
    ) -> AddCreatorsToCampaignResult:
        campaign_id = read_id(given.campaign_id, "Campaign")
        creator_ids = [read_id(each, "Creator") for each in given.creator_ids]
        outcomes = await add_creators(info.context.account_id, campaign_id, creator_ids, stage=given.stage)
        await tell_redirectors(info.context)
        rows = await info.context.loader(make_membership_loader).load_many(
            [outcome.membership.id for outcome in outcomes if outcome.membership]
        )
        nodes = {row.id: CampaignCreator.from_row(row) for row in rows if row}
        return AddCreatorsToCampaignSuccess(
            items=[
                make_item(
                    AddCreatorsToCampaignItem,
                    place,
                    nodes.get(each.membership.id if each.membership else UNKNOWN_KEY),
                    each.error,
                )
                for place, each in enumerate(outcomes)
            ]
        )

    @strawberry.mutation(
        description="Move a creator to a stage. Links are made where they are missing, and never taken away.",
        permission_classes=[IsWriter],
    )
    async def set_campaign_creator_stage(
        self,
        info: Info,
        given: Annotated[SetCampaignCreatorStageInput, strawberry.argument(name="input", description="Who and where.")],
    ) -> SetCampaignCreatorStageResult:
        membership_id = read_id(given.id, "CampaignCreator")
        row = await set_stage(info.context.account_id, membership_id, given.stage)
        await tell_redirectors(info.context)
        return SetCampaignCreatorStageSuccess(campaign_creator=await _load(info.context, row.id))

    @strawberry.mutation(
        description="Move up to 1,000 creators at once. Moving the same ones again, also at the same time, makes no"
        " second link; one who cannot be moved does not hold up the others.",
        permission_classes=[IsWriter],
    )
    async def set_campaign_creator_stages(
        self,
        info: Info,
        given: Annotated[
            SetCampaignCreatorStagesInput, strawberry.argument(name="input", description="Who and where.")
        ],
    ) -> SetCampaignCreatorStagesResult:
        moves = [Move(read_id(each.id, "CampaignCreator"), each.stage) for each in given.items]
        outcomes = await set_stages(info.context.account_id, moves)
        await tell_redirectors(info.context)
        rows = await info.context.loader(make_membership_loader).load_many(
            list({outcome.membership.id for outcome in outcomes if outcome.membership})
        )
        nodes = {row.id: CampaignCreator.from_row(row) for row in rows if row}
        return SetCampaignCreatorStagesSuccess(
            items=[
                make_item(
                    SetCampaignCreatorStagesItem,
                    each.place,
                    nodes.get(each.membership.id if each.membership else UNKNOWN_KEY),
                    each.error,
                )
                for each in outcomes
            ]
        )


async def _load(context: Context, membership_id: int) -> CampaignCreator:
    row = await context.loader(make_membership_loader).load(membership_id)
    if row is None:
        raise LookupError("a creator who was just moved is gone")
    return CampaignCreator.from_row(row)
