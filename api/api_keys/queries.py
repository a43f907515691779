"""Root fields about API keys."""

from enum import Enum
from typing import Annotated, TypeAlias

import strawberry

from api.api_keys.types import ApiKey, load_api_key
from api.context import Context, Info
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsAdmin
from tracking.accounts.queries import ApiKeyFilter as WantedKeys
from tracking.accounts.queries import list_api_keys


@strawberry.input(description="Which keys. What is left out or null restricts nothing.")
class ApiKeyFilter:
    prefix: str | None = strawberry.field(default=None, description="With exactly this prefix.")
    is_live: bool | None = strawberry.field(
        default=None, description="Those that open something, or those that are revoked or expired."
    )

    def read(self) -> WantedKeys:
        return WantedKeys(self.prefix, self.is_live)


@strawberry.enum(description="What keys are sorted by.")
class ApiKeyOrder(Enum):
    NEWEST_FIRST = strawberry.enum_value("NEWEST_FIRST", description="The one that was made last first.")
    OLDEST_FIRST = strawberry.enum_value("OLDEST_FIRST", description="The one that was made first first.")


Filter: TypeAlias = Annotated[ApiKeyFilter | None, strawberry.argument(description="Which ones; all when left out.")]
Order: TypeAlias = Annotated[ApiKeyOrder, strawberry.argument(description="What comes first.")]


async def find_api_key(context: Context, key: str) -> ApiKey | None:
    return await load_api_key(context, read_key(key))


register_node("ApiKey", find_api_key)


@strawberry.type
class ApiKeyQuery:
    @strawberry.field(
        description="The account's API keys, also those that are revoked or expired.", permission_classes=[IsAdmin]
    )
    async def api_keys(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = ApiKeyOrder.NEWEST_FIRST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ApiKey]:
        page = read_page(first, after, last, before, key_type=tuple[int], order=f"apiKeys.{order_by.name}")
        rows = await list_api_keys(
            info.context.pool,
            info.context.account_id,
            (filter or ApiKeyFilter()).read(),
            page.window,
            is_descending=order_by is ApiKeyOrder.NEWEST_FIRST,
        )
        return make_connection(rows, page, ApiKey.from_row, lambda row: (row.id,))
