"""Root fields about creatives."""

from enum import StrEnum
from typing import Annotated, Any

import strawberry

from api.context import Context, Info
from api.creatives.types import Creative, load_creative
from api.enums import publish_enum
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from tracking.creatives.queries import CreativeFilter as WantedCreatives
from tracking.creatives.queries import list_creatives


@strawberry.input(description="Which creatives. What is left out restricts nothing, unless it says otherwise.")
class CreativeFilter:
    search: str | None = strawberry.field(
        default=None, description="Whose name or external id holds this, in any case."
    )
    external_ids: list[str] | None = strawberry.field(default=None, description="With any of these external ids.")
    is_archived: bool | None = strawberry.field(
        default=False, description="Archived ones, or those in use, which is what comes when it is left out; null: all."
    )

    def read(self) -> WantedCreatives:
        return WantedCreatives(self.search, self.external_ids, self.is_archived)


class CreativeOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"
    NAME = "NAME"


publish_enum(
    CreativeOrderField,
    "What creatives are sorted by.",
    {CreativeOrderField.CREATED_AT: "When they were added.", CreativeOrderField.NAME: "Their names, in any case."},
)


@strawberry.input(description="What creatives are sorted by, and which end comes first.")
class CreativeOrder:
    field: CreativeOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="What comes first.")


async def find_creative(context: Context, key: str) -> Creative | None:
    return await load_creative(context, read_key(key))


register_node("Creative", find_creative)


@strawberry.type
class CreativeQuery:
    @strawberry.field(description="The account's creatives.", permission_classes=[IsReader])
    async def creatives(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            CreativeFilter | None, strawberry.argument(description="Which ones; those in use when left out.")
        ] = None,
        order_by: Annotated[
            CreativeOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Creative]:
        order = order_by or CreativeOrder(field=CreativeOrderField.CREATED_AT, direction=OrderDirection.DESC)
        is_by_id = order.field is CreativeOrderField.CREATED_AT
        name = f"creatives.{order.field.name}.{order.direction.name}"
        key_type: Any = tuple[int] if is_by_id else tuple[str, int]
        page = read_page(first, after, last, before, key_type=key_type, order=name)
        rows = await list_creatives(
            info.context.pool,
            info.context.account_id,
            (filter or CreativeFilter()).read(),
            page.window,
            sort_by=order.field.name,
            is_descending=order.direction is OrderDirection.DESC,
        )
        return make_connection(
            rows, page, Creative.from_row, lambda row: (row.id,) if is_by_id else (row.name_key, row.id)
        )
