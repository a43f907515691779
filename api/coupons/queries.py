"""Root fields about coupons."""

from typing import Annotated

import strawberry

from api.context import Context, Info
from api.coupons.types import Coupon, load_coupon
from api.ids import read_id, read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsReader
from tracking.coupons.queries import CouponFilter as WantedCoupons
from tracking.coupons.queries import list_coupons


@strawberry.input(description="Which coupons. What is left out restricts nothing, unless it says otherwise.")
class CouponFilter:
    search: str | None = strawberry.field(default=None, description="Whose code holds this, in any case.")
    link_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these links.")
    is_archived: bool | None = strawberry.field(
        default=False, description="Archived ones, or those in use, which is what comes when it is left out; null: all."
    )

    def read(self) -> WantedCoupons:
        link_ids = None if self.link_ids is None else [read_id(each, "Link") for each in self.link_ids]
        return WantedCoupons(self.search, link_ids, self.is_archived)


async def find_coupon(context: Context, key: str) -> Coupon | None:
    return await load_coupon(context, read_key(key))


register_node("Coupon", find_coupon)


@strawberry.type
class CouponQuery:
    @strawberry.field(description="The account's coupons, the newest first.", permission_classes=[IsReader])
    async def coupons(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            CouponFilter | None, strawberry.argument(description="Which ones; those in use when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Coupon]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="coupons")
        wanted = (filter or CouponFilter()).read()
        rows = await list_coupons(info.context.pool, info.context.account_id, wanted, page.window)
        return make_connection(rows, page, Coupon.from_row, lambda row: (row.id,))
