"""When after a post went live its clicks came (CU8)."""

import datetime as dt

import strawberry

from api.context import Info
from api.heat_maps.types import HeatMapCell, make_cells
from api.links.loaders import make_link_loader
from api.links.types import Link
from api.post_timings.loaders import make_post_hour_loader, make_shared_link_loader
from api.reports.types import Rate
from api.scalars import BigInt
from tracking.performance.timing import Published, Timing

_WITHIN = "Of `uniqueClicks` those until the end of the hour in which {} after publication were over; null before that."


@strawberry.type(
    description="When the clicks on a post's own links came. They are counted by the hour, so this is exact to one:"
    " that of the publication belongs to the post as a whole."
)
class PostTiming:
    unique_clicks: BigInt = strawberry.field(description="On its links since the hour of publication.")
    clicks_before_publication: BigInt = strawberry.field(
        description="Unique clicks on its links before that hour: they came from elsewhere, or `publishedAt` is wrong."
    )
    first_click_at: dt.datetime | None = strawberry.field(
        description="The first click that counts since publication; null without one."
    )
    is_first_click_exact: bool = strawberry.field(
        description="False when clicks of then are not kept any more; `firstClickAt` is then the start of its hour."
    )
    time_to_first_click_s: BigInt | None = strawberry.field(description="Seconds from publication until then.")
    half_life_s: BigInt | None = strawberry.field(
        description="Seconds from publication until half of `uniqueClicks` had come, to the end of that hour. It grows"
        " for as long as clicks come. Null without clicks."
    )
    enough_data: bool = strawberry.field(
        description="True from 100 unique clicks on: below it, all of this is anecdote."
    )
    published: strawberry.Private[Published]
    timing: strawberry.Private[Timing]

    @classmethod
    def from_timing(cls, published: Published, timing: Timing) -> "PostTiming":
        first_s, half_s = timing.time_to_first_click_s, timing.half_life_s
        return cls(
            unique_clicks=BigInt(timing.clicks),
            clicks_before_publication=BigInt(timing.clicks_before),
            first_click_at=timing.first_click_at,
            is_first_click_exact=timing.is_first_click_exact,
            time_to_first_click_s=None if first_s is None else BigInt(first_s),
            half_life_s=None if half_s is None else BigInt(half_s),
            enough_data=timing.has_enough_data,
            published=published,
            timing=timing,
        )

    @strawberry.field(description=_WITHIN.format("60 minutes"))
    def within_first_hour(self) -> Rate | None:
        return self._find_share(0)

    @strawberry.field(description=_WITHIN.format("24 hours"))
    def within_first_day(self) -> Rate | None:
        return self._find_share(1)

    @strawberry.field(description=_WITHIN.format("7 times 24 hours"))
    def within_first_week(self) -> Rate | None:
        return self._find_share(2)

    def _find_share(self, place: int) -> Rate | None:
        count = self.timing.within[place]
        return None if count is None else Rate.estimate(count, self.timing.clicks)

    @strawberry.field(description="When in the week they came: 168 hours from Monday at midnight, zeros included.")
    async def heat_map(self, info: Info) -> list[HeatMapCell]:
        return make_cells(await info.context.loader(make_post_hour_loader).load(self.published))

    @strawberry.field(
        description="Its links that other posts carry too. Nobody can tell which post was read, so their clicks are"
        " in the timing of each of these posts."
    )
    async def shared_links(self, info: Info) -> list[Link]:
        link_ids = await info.context.loader(make_shared_link_loader).load(self.published.post_id)
        rows = await info.context.loader(make_link_loader).load_many(link_ids)
        return [Link.from_row(row) for row in rows if row]
