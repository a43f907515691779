"""Root fields about campaigns."""

from typing import Annotated

import strawberry

from api.campaigns.types import Campaign, load_campaign
from api.context import Context, Info
from api.ids import decode_id, read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, PageArguments, make_connection, read_page
from api.permissions import IsReader
from tracking.campaigns.models import CampaignStatus
from tracking.campaigns.queries import CampaignFilter as WantedCampaigns
from tracking.campaigns.queries import list_campaigns


@strawberry.input(description="Which campaigns. What is left out or null restricts nothing.")
class CampaignFilter:
    statuses: list[CampaignStatus] | None = strawberry.field(default=None, description="In any of these statuses.")
    tag: str | None = strawberry.field(default=None, description="With this tag.")


async def find_campaign(context: Context, key: str) -> Campaign | None:
    return await load_campaign(context, read_key(key))


register_node("Campaign", find_campaign)


async def connect_campaigns(
    context: Context, wanted: WantedCampaigns, arguments: PageArguments
) -> Connection[Campaign]:
    """One page, the newest first, in one statement."""
    page = read_page(*arguments, key_type=tuple[int], order="campaigns.NEWEST_FIRST")
    rows = await list_campaigns(context.pool, context.account_id, wanted, page.window)
    return make_connection(rows, page, Campaign.from_row, lambda row: (row.id,))


@strawberry.type
class CampaignQuery:
    @strawberry.field(description="The account's campaigns, the newest first.", permission_classes=[IsReader])
    async def campaigns(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            CampaignFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Campaign]:
        wanted = WantedCampaigns(filter.statuses, filter.tag) if filter else WantedCampaigns()
        return await connect_campaigns(info.context, wanted, PageArguments(first, after, last, before))

    @strawberry.field(
        description="A campaign by its id; null when this account has no such one.", permission_classes=[IsReader]
    )
    async def campaign(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Of a campaign.")],  # noqa: A002 -- the name in the graph
    ) -> Campaign | None:
        return await load_campaign(info.context, decode_id(id, "Campaign"))
