"""Root fields about erasures."""

import strawberry

from api.context import Context, Info
from api.erasures.types import Erasure, load_erasure
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsReader
from tracking.erasure.queries import list_erasures


async def find_erasure(context: Context, key: str) -> Erasure | None:
    return await load_erasure(context, read_key(key))


register_node("Erasure", find_erasure)


@strawberry.type
class ErasureQuery:
    @strawberry.field(
        description="Who was asked to be forgotten, without saying who; the newest first.",
        permission_classes=[IsReader],
    )
    async def erasures(
        self, info: Info, *, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Erasure]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="erasures")
        rows = await list_erasures(info.context.pool, info.context.account_id, page.window)
        return make_connection(rows, page, Erasure.from_row, lambda row: (row.id,))
