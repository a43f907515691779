"""A creator on a platform, and the follower counts that were read there, each with its day (CU5)."""

import datetime as dt
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import encode_id
from api.nodes import Node
from api.pagination import (
    After,
    Before,
    Connection,
    First,
    Last,
    OrderDirection,
    make_connection,
    read_page,
)
from api.platforms import Platform
from api.profiles.loaders import make_follower_count_page_loader
from api.scalars import URL, BigInt
from tracking.creators.queries import FollowerCountPage, FollowerCountRow, ProfileRow

MAX_COUNTS = 1_000


@strawberry.type(description="How many followers a profile had on a day.")
class FollowerCount:
    counted_on: dt.date = strawberry.field(description="The day on which they were counted.")
    followers: BigInt = strawberry.field(description="How many there were.")

    @classmethod
    def from_row(cls, row: FollowerCountRow) -> "FollowerCount":
        return cls(counted_on=row.counted_on, followers=BigInt(row.followers))


@strawberry.type(description="A creator on a platform, with the newest follower count.")
class Profile(Node):
    platform: Platform = strawberry.field(description="Where it is.")
    handle: str = strawberry.field(description="The creator's name there, without @.")
    url: URL | None = strawberry.field(description="Its address.")
    followers: BigInt | None = strawberry.field(description="The newest count; null when none was given.")
    as_of: dt.date | None = strawberry.field(description="The day on which followers were counted.")
    row: strawberry.Private[ProfileRow]

    @classmethod
    def from_row(cls, row: ProfileRow) -> "Profile":
        return cls(
            id=encode_id("Profile", row.id),
            platform=row.platform,
            handle=row.handle,
            url=URL(row.url) if row.url else None,
            followers=None if row.followers is None else BigInt(row.followers),
            as_of=row.counted_on,
            row=row,
        )

    @strawberry.field(description="Every count that was recorded, by day, at most 1,000 at once.")
    async def follower_counts(
        self,
        info: Info,
        *,
        from_: Annotated[
            dt.date | None, strawberry.argument(name="from", description="The first day; all before too if left out.")
        ] = None,
        to: Annotated[dt.date | None, strawberry.argument(description="The last day, inclusive.")] = None,
        order_by: Annotated[
            OrderDirection, strawberry.argument(description="Which day comes first.")
        ] = OrderDirection.DESC,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[FollowerCount]:
        order = f"followerCounts.{order_by.name}"
        page = read_page(first, after, last, before, key_type=tuple[dt.date], order=order, max_page=MAX_COUNTS)
        wanted = FollowerCountPage(from_, to, page.window, order_by is OrderDirection.DESC)
        rows = await info.context.loader(make_follower_count_page_loader).load((wanted, self.row.id))
        return make_connection(rows, page, FollowerCount.from_row, lambda row: (row.counted_on,))
