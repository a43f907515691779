"""Root fields about exports."""

from enum import StrEnum
from typing import Annotated

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.exports.loaders import make_export_loader
from api.exports.types import Export, ExportColumn
from api.ids import read_key, read_optional_id
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from tracking.exports.layouts import find_layout
from tracking.exports.models import ExportKind, ExportStatus
from tracking.exports.queries import ExportFilter as WantedExports
from tracking.exports.queries import list_exports


@strawberry.input(description="Which exports. What is left out or null restricts nothing.")
class ExportFilter:
    kinds: list[ExportKind] | None = strawberry.field(default=None, description="With rows of any of these kinds.")
    statuses: list[ExportStatus] | None = strawberry.field(default=None, description="As far as any of these.")
    schedule_id: strawberry.ID | None = strawberry.field(default=None, description="Asked for by this schedule.")


class ExportOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"


publish_enum(
    ExportOrderField, "What exports are sorted by.", {ExportOrderField.CREATED_AT: "When they were asked for."}
)


@strawberry.input(description="What exports are sorted by, and which end comes first.")
class ExportOrder:
    field: ExportOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")


async def load_export(context: Context, export_id: int | None) -> Export | None:
    row = await context.loader(make_export_loader).load(export_id) if export_id else None
    return Export.from_row(row) if row else None


async def find_export(context: Context, key: str) -> Export | None:
    return await load_export(context, read_key(key))


register_node("Export", find_export)


@strawberry.type
class ExportQuery:
    @strawberry.field(description="The account's exports.", permission_classes=[IsReader])
    async def exports(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            ExportFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        order_by: Annotated[
            ExportOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Export]:
        direction = order_by.direction if order_by else OrderDirection.DESC
        page = read_page(first, after, last, before, key_type=tuple[int], order=f"exports.{direction.name}")
        wanted = WantedExports()
        if filter:
            schedule_id = read_optional_id(filter.schedule_id, "ExportSchedule")
            wanted = WantedExports(filter.kinds, filter.statuses, schedule_id)
        rows = await list_exports(
            info.context.pool,
            info.context.account_id,
            wanted,
            page.window,
            is_descending=direction is OrderDirection.DESC,
        )
        return make_connection(rows, page, Export.from_row, lambda row: (row.id,))

    @strawberry.field(description="What stands in the columns of a kind of export.", permission_classes=[IsReader])
    def data_dictionary(
        self, kind: Annotated[ExportKind, strawberry.argument(description="Of which exports.")]
    ) -> list[ExportColumn]:
        return [ExportColumn.from_column(column) for column in find_layout(kind).columns]
