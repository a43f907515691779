"""An offer: what a link sells."""

import datetime as dt

import strawberry

from api.context import Context, Info
from api.history.queries import HistoryOrderArgument, connect_history
from api.history.types import HistoryEntry, HistoryOrder
from api.ids import encode_id
from api.nodes import Node
from api.offers.loaders import make_offer_loader
from api.pagination import After, Before, Connection, First, Last, PageArguments
from api.scalars import URL
from tracking.offers.queries import OfferRow


@strawberry.type(description="What a link sells. A link is bound to its offer when it is made, for ever.")
class Offer(Node):
    name: str = strawberry.field(description="For people.")
    external_id: str | None = strawberry.field(description="The brand's own id of the offer, unique in the account.")
    destination_url: URL = strawberry.field(description="Where new links of it lead.")
    archived_at: dt.datetime | None = strawberry.field(description="Since when no link is bound to it any more.")
    created_at: dt.datetime = strawberry.field(description="When the account added it.")
    row: strawberry.Private[OfferRow]

    @classmethod
    def from_row(cls, row: OfferRow) -> "Offer":
        return cls(
            id=encode_id("Offer", row.id),
            name=row.name,
            external_id=row.external_id,
            destination_url=URL(row.destination_url),
            archived_at=row.archived_at,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="Who changed it, when, and from what to what.")
    async def history(
        self,
        info: Info,
        *,
        order_by: HistoryOrderArgument = HistoryOrder.NEWEST_FIRST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[HistoryEntry]:
        page = PageArguments(first, after, last, before)
        return await connect_history(info.context, "Offer", self.row.id, page, order_by)


async def load_offer(context: Context, offer_id: int | None) -> Offer | None:
    row = await context.loader(make_offer_loader).load(offer_id) if offer_id else None
    return Offer.from_row(row) if row else None


async def require_offer(context: Context, offer_id: int) -> Offer:
    offer = await load_offer(context, offer_id)
    if offer is None:
        raise LookupError("an offer that was just there is gone")
    return offer
