"""Mutations of deals."""

from decimal import Decimal
from typing import Annotated, TypeAlias

import strawberry

from api.campaign_creators.queries import require_campaign_creator
from api.campaign_creators.types import CampaignCreator
from api.context import Info
from api.errors import InvalidInput, NotFound
from api.ids import read_id
from api.permissions import IsWriter
from api.scalars import CurrencyCode
from tracking.campaigns.deals import NewDeal, set_deal
from tracking.errors import InvalidInputError


@strawberry.input(
    description="All of a deal: at least one of fee, gift and commission. Amounts are in major units, such as 12.50,"
    " with no more digits than the currency has: they are never rounded."
)
class DealInput:
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Of all its amounts; the account's when left out."
    )
    flat_fee: Decimal | None = strawberry.field(default=None, description="Paid whatever comes of it.")
    gift_value: Decimal | None = strawberry.field(default=None, description="What a gifted product is worth.")
    commission_rate: Decimal | None = strawberry.field(
        default=None, description="The creator's part of revenue: from 0 to 1, at most 6 decimal digits."
    )
    commission_per_conversion: Decimal | None = strawberry.field(default=None, description="Paid for each conversion.")

    def read(self) -> NewDeal:
        return NewDeal(
            currency=self.currency,
            flat_fee=self.flat_fee,
            gift_value=self.gift_value,
            commission_rate=self.commission_rate,
            commission_per_conversion=self.commission_per_conversion,
        )


@strawberry.input(description="What was agreed with a creator for a campaign.")
class SetDealInput:
    campaign_creator_id: strawberry.ID = strawberry.field(description="Of the creator in the campaign.")
    deal: strawberry.Maybe[DealInput | None] = strawberry.field(
        default=None,
        description="All of it, in place of what was noted; null takes it away. It must be given.",
    )

    def read(self) -> NewDeal | None:
        if self.deal is None:
            raise InvalidInputError("give the deal, or null to take it away", ("deal",))
        return self.deal.value.read() if self.deal.value else None


@strawberry.type(description="The deal is noted, and the change is in the history.")
class SetDealSuccess:
    campaign_creator: CampaignCreator = strawberry.field(description="As it is now.")


SetDealResult: TypeAlias = Annotated[
    SetDealSuccess | InvalidInput | NotFound, strawberry.union("SetDealResult", description="How it went.")
]


@strawberry.type
class DealMutation:
    @strawberry.mutation(
        description="Note what was agreed with a creator for a campaign, all of it anew.", permission_classes=[IsWriter]
    )
    async def set_deal(
        self, info: Info, given: Annotated[SetDealInput, strawberry.argument(name="input", description="What.")]
    ) -> SetDealResult:
        wanted = read_id(given.campaign_creator_id, "CampaignCreator")
        row = await set_deal(info.context.account_id, wanted, given.read())
        return SetDealSuccess(campaign_creator=await require_campaign_creator(info.context, row.id))
