"""Root fields about offers."""

from enum import StrEnum
from typing import Annotated, Any

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.ids import read_key
from api.nodes import register_node
from api.offers.types import Offer, load_offer
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from tracking.offers.queries import OfferFilter as WantedOffers
from tracking.offers.queries import list_offers


@strawberry.input(description="Which offers. What is left out restricts nothing, unless it says otherwise.")
class OfferFilter:
    search: str | None = strawberry.field(
        default=None, description="Whose name or external id holds this, in any case."
    )
    external_ids: list[str] | None = strawberry.field(default=None, description="With any of these external ids.")
    is_archived: bool | None = strawberry.field(
        default=False, description="Archived ones, or those in use, which is what comes when it is left out; null: all."
    )

    def read(self) -> WantedOffers:
        return WantedOffers(self.search, self.external_ids, self.is_archived)


class OfferOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"
    NAME = "NAME"


publish_enum(
    OfferOrderField,
    "What offers are sorted by.",
    {OfferOrderField.CREATED_AT: "When they were added.", OfferOrderField.NAME: "Their names, in any case."},
)


@strawberry.input(description="What offers are sorted by, and which end comes first.")
class OfferOrder:
    field: OfferOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="What comes first.")


async def find_offer(context: Context, key: str) -> Offer | None:
    return await load_offer(context, read_key(key))


register_node("Offer", find_offer)


@strawberry.type
class OfferQuery:
    @strawberry.field(description="The account's offers.", permission_classes=[IsReader])
    async def offers(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            OfferFilter | None, strawberry.argument(description="Which ones; those in use when left out.")
        ] = None,
        order_by: Annotated[
            OfferOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Offer]:
        order = order_by or OfferOrder(field=OfferOrderField.CREATED_AT, direction=OrderDirection.DESC)
        is_by_id = order.field is OfferOrderField.CREATED_AT
        name = f"offers.{order.field.name}.{order.direction.name}"
        key_type: Any = tuple[int] if is_by_id else tuple[str, int]
        page = read_page(first, after, last, before, key_type=key_type, order=name)
        rows = await list_offers(
            info.context.pool,
            info.context.account_id,
            (filter or OfferFilter()).read(),
            page.window,
            sort_by=order.field.name,
            is_descending=order.direction is OrderDirection.DESC,
        )
        return make_connection(
            rows, page, Offer.from_row, lambda row: (row.id,) if is_by_id else (row.name_key, row.id)
        )
