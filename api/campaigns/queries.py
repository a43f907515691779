"""Root fields about campaigns."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

import strawberry

from api.campaigns.loaders import make_creator_campaigns_loader
from api.campaigns.types import Campaign, load_campaign
from api.context import Context, Info
from api.enums import publish_enum
from api.ids import decode_id, read_key, read_optional_id
from api.nodes import register_node
from api.pagination import (
    After,
    Before,
    Connection,
    First,
    Last,
    OrderDirection,
    PageArguments,
    make_connection,
    read_page,
)
from api.permissions import IsReader
from tracking.campaigns.models import CampaignStatus
from tracking.campaigns.queries import CampaignFilter as WantedCampaigns
from tracking.campaigns.queries import CampaignPage, CampaignRow, list_campaigns


@strawberry.input(description="Which campaigns. What is left out or null restricts nothing.")
class CampaignFilter:
    statuses: list[CampaignStatus] | None = strawberry.field(default=None, description="In any of these statuses.")
    tag: str | None = strawberry.field(default=None, description="With this tag.")
    search: str | None = strawberry.field(
        default=None, description="Whose name or external id holds this, in any case."
    )
    running_at: dt.datetime | None = strawberry.field(
        default=None, description="Neither ended nor still to start at this moment, whatever the status."
    )
    creator_id: strawberry.ID | None = strawberry.field(default=None, description="With this creator, at any stage.")

    def read(self) -> WantedCampaigns:
        creator_id = read_optional_id(self.creator_id, "Creator")
        return WantedCampaigns(self.statuses, self.tag, creator_id, self.search, self.running_at)


class CampaignOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"
    NAME = "NAME"
    STARTS_AT = "STARTS_AT"
    ENDS_AT = "ENDS_AT"


publish_enum(
    CampaignOrderField,
    "What campaigns are sorted by.",
    {
        CampaignOrderField.CREATED_AT: "When they were made.",
        CampaignOrderField.NAME: "The name, in any case.",
        CampaignOrderField.STARTS_AT: "When they start; those without a date are later than all others.",
        CampaignOrderField.ENDS_AT: "When they end; those without a date are later than all others.",
    },
)
_NO_DATE: Final = dt.datetime(9999, 12, 1, tzinfo=dt.UTC)
_KEY_TYPES: Final[dict[CampaignOrderField, Any]] = {
    CampaignOrderField.CREATED_AT: tuple[int],
    CampaignOrderField.NAME: tuple[str, int],
    CampaignOrderField.STARTS_AT: tuple[dt.datetime, int],
    CampaignOrderField.ENDS_AT: tuple[dt.datetime, int],
}


@strawberry.input(description="What campaigns are sorted by, and which end comes first.")
class CampaignOrder:
    field: CampaignOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")


Filter: TypeAlias = Annotated[CampaignFilter | None, strawberry.argument(description="Which ones; all when left out.")]
Order: TypeAlias = Annotated[
    CampaignOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
]


async def find_campaign(context: Context, key: str) -> Campaign | None:
    return await load_campaign(context, read_key(key))


register_node("Campaign", find_campaign)


async def connect_campaigns(
    context: Context,
    given: CampaignFilter | None,
    order: CampaignOrder | None,
    arguments: PageArguments,
    *,
    creator_id: int | None = None,
) -> Connection[Campaign]:
    """One page of all, or of those of a creator: for all creators of a list in one statement."""
    wanted = given.read() if given else WantedCampaigns()
    field = order.field if order else CampaignOrderField.CREATED_AT
    direction = order.direction if order else OrderDirection.DESC
    name = f"campaigns.{field.name}.{direction.name}"
    page = read_page(*arguments, key_type=_KEY_TYPES[field], order=name)
    wanted_page = CampaignPage(wanted, page.window, field.name, direction is OrderDirection.DESC)
    if creator_id is None:
        rows = await list_campaigns(context.pool, context.account_id, wanted_page)
    elif wanted.creator_id in {None, creator_id}:
        rows = await context.loader(make_creator_campaigns_loader).load((wanted_page, creator_id))
    else:
        rows = []
    return make_connection(rows, page, Campaign.from_row, lambda row: _find_key(row, field))


@strawberry.type
class CampaignQuery:
    @strawberry.field(description="The account's campaigns, the newest first.", permission_classes=[IsReader])
    async def campaigns(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Campaign]:
        page = PageArguments(first, after, last, before)
        return await connect_campaigns(info.context, filter, order_by, page)

    @strawberry.field(
        description="A campaign by its id; null when this account has no such one.", permission_classes=[IsReader]
    )
    async def campaign(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Of a campaign.")],  # noqa: A002 -- the name in the graph
    ) -> Campaign | None:
        return await load_campaign(info.context, decode_id(id, "Campaign"))


def _find_key(row: CampaignRow, field: CampaignOrderField) -> tuple[Any, ...]:
    if field is CampaignOrderField.CREATED_AT:
        return (row.id,)
    if field is CampaignOrderField.NAME:
        return (row.name_key, row.id)
    moment = row.starts_at if field is CampaignOrderField.STARTS_AT else row.ends_at
    return (moment or _NO_DATE, row.id)
