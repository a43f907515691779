"""What a picker of links offers."""

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import read_optional_id
from api.merge_tags.types import MergeTag
from api.permissions import IsReader
from tracking.links.models import LinkKind
from tracking.messages.tags import list_insertable_links


@strawberry.type
class MergeTagQuery:
    @strawberry.field(
        description="The links that a template may hold, by kind and label: at most 1,000, so search where there are"
        " more. System links and tracking deliverables are those of the campaign.",
        permission_classes=[IsReader],
    )
    async def insertable_links(
        self,
        info: Info,
        *,
        kinds: Annotated[
            list[LinkKind] | None, strawberry.argument(description="Of any of these kinds; all when left out.")
        ] = None,
        campaign_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of the campaign that the message is for.")
        ] = None,
        search: Annotated[
            str | None, strawberry.argument(description="Only what has this in its label, in any case.")
        ] = None,
    ) -> list[MergeTag]:
        rows = await list_insertable_links(
            info.context.pool,
            info.context.account_id,
            campaign_id=read_optional_id(campaign_id, "Campaign"),
            kinds=kinds,
            search=search,
        )
        return [MergeTag.from_row(row) for row in rows]
