"""Root fields about tracking domains."""

from enum import StrEnum
from typing import Annotated, Any

import strawberry

from api.context import Context, Info
from api.domains.types import TrackingDomain, load_domain
from api.enums import publish_enum
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from tracking.domains.listing import DomainFilter, DomainRow, list_domains
from tracking.domains.rules import DomainStatus


@strawberry.input(description="Which tracking domains. What is left out restricts nothing, unless it says otherwise.")
class TrackingDomainFilter:
    statuses: list[DomainStatus] | None = strawberry.field(default=None, description="In any of these.")
    is_archived: bool | None = strawberry.field(
        default=False, description="Archived ones, or those in use, which is what comes when it is left out; null: all."
    )

    def read(self) -> DomainFilter:
        return DomainFilter(self.statuses, self.is_archived)


class TrackingDomainOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"
    HOST = "HOST"


publish_enum(
    TrackingDomainOrderField,
    "What tracking domains are sorted by.",
    {
        TrackingDomainOrderField.CREATED_AT: "When they were added.",
        TrackingDomainOrderField.HOST: "Their hosts.",
    },
)


@strawberry.input(description="What tracking domains are sorted by, and which end comes first.")
class TrackingDomainOrder:
    field: TrackingDomainOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="What comes first.")


async def find_domain(context: Context, key: str) -> TrackingDomain | None:
    return await load_domain(context, read_key(key))


register_node("TrackingDomain", find_domain)


@strawberry.type
class DomainQuery:
    @strawberry.field(description="The account's tracking domains.", permission_classes=[IsReader])
    async def domains(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            TrackingDomainFilter | None, strawberry.argument(description="Which ones; those in use when left out.")
        ] = None,
        order_by: Annotated[
            TrackingDomainOrder | None, strawberry.argument(description="What comes first; the oldest when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TrackingDomain]:
        order = order_by or TrackingDomainOrder(field=TrackingDomainOrderField.CREATED_AT)
        is_by_id = order.field is TrackingDomainOrderField.CREATED_AT
        name = f"domains.{order.field.name}.{order.direction.name}"
        key_type: Any = tuple[int] if is_by_id else tuple[str, int]
        page = read_page(first, after, last, before, key_type=key_type, order=name)
        rows = await list_domains(
            info.context.pool,
            info.context.account_id,
            (filter or TrackingDomainFilter()).read(),
            page.window,
            sort_by=order.field.name,
            is_descending=order.direction is OrderDirection.DESC,
        )
        return make_connection(rows, page, TrackingDomain.from_row, lambda row: _find_key(row, is_by_id=is_by_id))


def _find_key(row: DomainRow, *, is_by_id: bool) -> tuple[Any, ...]:
    return (row.id,) if is_by_id else (row.host, row.id)
