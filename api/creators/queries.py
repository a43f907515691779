"""Root fields about creators."""

from typing import Annotated

import strawberry

from api.context import Context, Info
from api.creators.types import Creator, load_creator
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsReader
from tracking.creators.queries import list_creators


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
        search: Annotated[
            str | None, strawberry.argument(description="Only those whose handle or name holds this, in any case.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Creator]:
        page = read_page(first, after, last, before, key_type=tuple[str, int], order="creators.HANDLE.ASC")
        rows = await list_creators(info.context.pool, info.context.account_id, search, page.window)
        return make_connection(rows, page, Creator.from_row, lambda row: (row.sort_key, row.id))
