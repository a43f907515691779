"""Root fields about hosting lists."""

from typing import Annotated

import strawberry

from api.context import Context, Info
from api.hosting_lists.types import HostingList, load_hosting_list
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsReader
from tracking.bots.hosting.listing import HostingListFilter as WantedLists
from tracking.bots.hosting.listing import list_hosting_lists


@strawberry.input(description="Which hosting lists. What is left out restricts nothing, unless it says otherwise.")
class HostingListFilter:
    search: str | None = strawberry.field(default=None, description="Whose name holds this, in any case.")
    is_archived: bool | None = strawberry.field(
        default=False, description="Archived ones, or those in use, which is what comes when it is left out; null: all."
    )

    def read(self) -> WantedLists:
        return WantedLists(self.search, self.is_archived)


async def find_hosting_list(context: Context, key: str) -> HostingList | None:
    return await load_hosting_list(context, read_key(key))


register_node("HostingList", find_hosting_list)


@strawberry.type
class HostingListQuery:
    @strawberry.field(
        description="The account's own lists of hosting networks, the newest first.", permission_classes=[IsReader]
    )
    async def hosting_lists(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            HostingListFilter | None, strawberry.argument(description="Which ones; those in use when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[HostingList]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="hosting_lists")
        wanted = (filter or HostingListFilter()).read()
        rows = await list_hosting_lists(info.context.pool, info.context.account_id, wanted, page.window)
        return make_connection(rows, page, HostingList.from_row, lambda row: (row.id,))
