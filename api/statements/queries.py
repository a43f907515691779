"""Root fields about statements."""

from typing import Annotated

import strawberry

from api.context import Context, Info
from api.ids import read_key, read_optional_id
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsReader
from api.statements.types import Statement, load_statement
from tracking.statements.queries import list_statements


@strawberry.input(description="Which statements. What is left out or null restricts nothing.")
class StatementFilter:
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Of this campaign.")


async def find_statement(context: Context, key: str) -> Statement | None:
    return await load_statement(context, read_key(key))


register_node("Statement", find_statement)


@strawberry.type
class StatementQuery:
    @strawberry.field(description="The account's statements, the newest first.", permission_classes=[IsReader])
    async def statements(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            StatementFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Statement]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="statements")
        campaign_id = read_optional_id(filter.campaign_id, "Campaign") if filter else None
        rows = await list_statements(info.context.pool, info.context.account_id, campaign_id, page.window)
        return make_connection(rows, page, Statement.from_row, lambda row: (row.id,))
