"""Root fields about imports."""

from enum import StrEnum
from typing import Annotated

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.ids import read_key
from api.imports.loaders import make_import_loader
from api.imports.types import Import
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from tracking.imports.models import ImportKind, ImportStatus
from tracking.imports.queries import ImportFilter as WantedImports
from tracking.imports.queries import list_imports


@strawberry.input(description="Which imports. What is left out or null restricts nothing.")
class ImportFilter:
    kinds: list[ImportKind] | None = strawberry.field(default=None, description="With rows of any of these kinds.")
    statuses: list[ImportStatus] | None = strawberry.field(default=None, description="As far as any of these.")


class ImportOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"


publish_enum(
    ImportOrderField, "What imports are sorted by.", {ImportOrderField.CREATED_AT: "When they were asked for."}
)


@strawberry.input(description="What imports are sorted by, and which end comes first.")
class ImportOrder:
    field: ImportOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")


async def load_import(context: Context, import_id: int | None) -> Import | None:
    row = await context.loader(make_import_loader).load(import_id) if import_id else None
    return Import.from_row(row) if row else None


async def find_import(context: Context, key: str) -> Import | None:
    return await load_import(context, read_key(key))


register_node("Import", find_import)


@strawberry.type
class ImportQuery:
    @strawberry.field(description="The account's imports.", permission_classes=[IsReader])
    async def imports(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            ImportFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        order_by: Annotated[
            ImportOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Import]:
        direction = order_by.direction if order_by else OrderDirection.DESC
        page = read_page(first, after, last, before, key_type=tuple[int], order=f"imports.{direction.name}")
        rows = await list_imports(
            info.context.pool,
            info.context.account_id,
            WantedImports(filter.kinds, filter.statuses) if filter else WantedImports(),
            page.window,
            is_descending=direction is OrderDirection.DESC,
        )
        return make_connection(rows, page, Import.from_row, lambda row: (row.id,))
