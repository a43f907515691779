"""Root fields about tags."""

from typing import Annotated

import strawberry

from api.context import Context, Info
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from api.tags.loaders import make_tag_loader
from api.tags.types import Tag
from tracking.links.tags import list_tags


@strawberry.input(description="Which tags. What is left out or null restricts nothing.")
class TagFilter:
    search: str | None = strawberry.field(default=None, description="That hold this, in any case.")


async def find_tag(context: Context, key: str) -> Tag | None:
    row = await context.loader(make_tag_loader).load(key)
    return Tag.from_row(row) if row else None


register_node("Tag", find_tag)


@strawberry.type
class TagQuery:
    @strawberry.field(description="The tags that the account's links have.", permission_classes=[IsReader])
    async def tags(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            TagFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        direction: Annotated[
            OrderDirection, strawberry.argument(description="Which end of the alphabet comes first.")
        ] = OrderDirection.ASC,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Tag]:
        page = read_page(first, after, last, before, key_type=tuple[str], order=f"tags.{direction.name}")
        rows = await list_tags(
            info.context.pool,
            info.context.account_id,
            filter.search if filter else None,
            page.window,
            is_descending=direction is OrderDirection.DESC,
        )
        return make_connection(rows, page, Tag.from_row, lambda row: (row.tag,))
