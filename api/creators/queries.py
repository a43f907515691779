"""Root fields about creators."""

from enum import StrEnum
from types import GenericAlias
from typing import Annotated, Any, Final

import strawberry

from api.context import Context, Info
from api.creators.types import Creator, load_creator
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
    make_connection,
    read_page,
)
from api.permissions import IsReader
from api.platforms import Platform
from tracking.creators.queries import CreatorFilter as WantedCreators
from tracking.creators.queries import CreatorRow, list_creators


@strawberry.input(description="Which creators. What is left out or null restricts nothing.")
class CreatorFilter:
    search: str | None = strawberry.field(
        default=None, description="Whose handle, name or external id holds this, in any case."
    )
    platforms: list[Platform] | None = strawberry.field(default=None, description="With a profile on any of these.")
    has_external_id: bool | None = strawberry.field(default=None, description="With an external id, or without one.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="In this campaign, at any stage.")

    def read(self) -> WantedCreators:
        campaign_id = read_optional_id(self.campaign_id, "Campaign")
        return WantedCreators(self.search, self.platforms, self.has_external_id, campaign_id)


class CreatorOrderField(StrEnum):
    HANDLE = "HANDLE"
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


publish_enum(
    CreatorOrderField,
    "What creators are sorted by.",
    {
        CreatorOrderField.HANDLE: "The handle, in any case.",
        CreatorOrderField.NAME: "The name, in any case.",
        CreatorOrderField.CREATED_AT: "When the account added them.",
    },
)
_KEY_TYPES: Final[dict[CreatorOrderField, tuple[type, ...]]] = {
    CreatorOrderField.HANDLE: (str, int),
    CreatorOrderField.NAME: (str, int),
    CreatorOrderField.CREATED_AT: (int,),
}


@strawberry.input(description="What creators are sorted by, and which end comes first.")
class CreatorOrder:
    field: CreatorOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="What comes first.")


async def find_creator(context: Context, key: str) -> Creator | None:
    return await load_creator(context, read_key(key))


register_node("Creator", find_creator)


@strawberry.type
class CreatorQuery:
    @strawberry.field(description="The account's creators, by handle.", permission_classes=[IsReader])
    async def creators(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            CreatorFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        order_by: Annotated[
            CreatorOrder | None, strawberry.argument(description="What comes first; by handle when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Creator]:
        field = order_by.field if order_by else CreatorOrderField.HANDLE
        direction = order_by.direction if order_by else OrderDirection.ASC
        key_type: Any = GenericAlias(tuple, _KEY_TYPES[field])
        order = f"creators.{field.name}.{direction.name}"
        page = read_page(first, after, last, before, key_type=key_type, order=order)
        rows = await list_creators(
            info.context.pool,
            info.context.account_id,
            filter.read() if filter else WantedCreators(),
            page.window,
            sort_by=field.name,
            is_descending=direction is OrderDirection.DESC,
        )
        return make_connection(rows, page, Creator.from_row, lambda row: _find_key(row, field))

    @strawberry.field(
        description="A creator by the id; null when this account has no such one.", permission_classes=[IsReader]
    )
    async def creator(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Of a creator.")],  # noqa: A002 -- the name in the graph
    ) -> Creator | None:
        return await load_creator(info.context, decode_id(id, "Creator"))


def _find_key(row: CreatorRow, field: CreatorOrderField) -> tuple[Any, ...]:
    if field is CreatorOrderField.CREATED_AT:
        return (row.id,)
    return (row.name_key if field is CreatorOrderField.NAME else row.handle_key, row.id)
