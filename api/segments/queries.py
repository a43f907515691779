"""Root fields about segments."""

from enum import StrEnum
from typing import Annotated, Any

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.ids import read_id, read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from api.segments.types import Segment, load_segment
from tracking.segments.queries import SegmentFilter as WantedSegments
from tracking.segments.queries import list_segments


@strawberry.input(description="Which segments. What is left out restricts nothing, unless it says otherwise.")
class SegmentFilter:
    search: str | None = strawberry.field(default=None, description="With this in the name, in any case.")
    is_archived: bool | None = strawberry.field(
        default=False, description="Archived ones, or those in use, which is what comes when it is left out; null: all."
    )

    def read(self) -> WantedSegments:
        return WantedSegments(self.search, self.is_archived)


class SegmentOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"
    NAME = "NAME"


publish_enum(
    SegmentOrderField,
    "What segments are sorted by.",
    {SegmentOrderField.CREATED_AT: "When they were made.", SegmentOrderField.NAME: "Their names, in any case."},
)


@strawberry.input(description="What segments are sorted by, and which end comes first.")
class SegmentOrder:
    field: SegmentOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="What comes first.")


async def find_segment(context: Context, key: str) -> Segment | None:
    return await load_segment(context, read_key(key))


register_node("Segment", find_segment)


@strawberry.type
class SegmentQuery:
    @strawberry.field(
        description="A segment by its id; null when this account has none such.", permission_classes=[IsReader]
    )
    async def segment(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Of the segment.")],  # noqa: A002 -- the name in the graph
    ) -> Segment | None:
        return await load_segment(info.context, read_id(id, "Segment"))

    @strawberry.field(description="The account's segments.", permission_classes=[IsReader])
    async def segments(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            SegmentFilter | None, strawberry.argument(description="Which ones; those in use when left out.")
        ] = None,
        order_by: Annotated[
            SegmentOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Segment]:
        order = order_by or SegmentOrder(field=SegmentOrderField.CREATED_AT, direction=OrderDirection.DESC)
        is_by_id = order.field is SegmentOrderField.CREATED_AT
        name = f"segments.{order.field.name}.{order.direction.name}"
        key_type: Any = tuple[int] if is_by_id else tuple[str, int]
        page = read_page(first, after, last, before, key_type=key_type, order=name)
        rows = await list_segments(
            info.context.pool,
            info.context.account_id,
            (filter or SegmentFilter()).read(),
            page.window,
            sort_by=order.field.name,
            is_descending=order.direction is OrderDirection.DESC,
        )
        return make_connection(
            rows, page, Segment.from_row, lambda row: (row.id,) if is_by_id else (row.name_key, row.id)
        )
