"""What a creator published for a campaign, and the links that it carries (CU8)."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Info
from api.ids import encode_id
from api.links.loaders import make_link_loader
from api.links.types import Link
from api.nodes import Node
from api.platforms import Platform
from api.post_timings.loaders import make_timing_loader
from api.post_timings.types import PostTiming
from api.posts.loaders import make_post_links_loader
from api.scalars import URL
from tracking.campaigns.post_listing import PostRow
from tracking.performance.timing import Published

if TYPE_CHECKING:
    from api.campaign_creators.types import CampaignCreator


@strawberry.type(description="A note of what a creator published for a campaign.")
class Post(Node):
    platform: Platform = strawberry.field(description="Where it was published.")
    url: URL = strawberry.field(description="Its address; unique for the creator in the campaign.")
    published_at: dt.datetime = strawberry.field(description="When it was published.")
    row: strawberry.Private[PostRow]

    @classmethod
    def from_row(cls, row: PostRow) -> "Post":
        return cls(
            id=encode_id("Post", row.id),
            platform=row.platform,
            url=URL(row.url),
            published_at=row.published_at,
            row=row,
        )

    @strawberry.field(description="Who published it, for which campaign.")
    async def campaign_creator(
        self, info: Info
    ) -> Annotated["CampaignCreator", strawberry.lazy("api.campaign_creators.types")]:
        from api.campaign_creators.queries import require_campaign_creator  # noqa: PLC0415 -- they have posts too

        return await require_campaign_creator(info.context, self.row.campaign_creator_id)

    @strawberry.field(
        description="The links that it carries. A click belongs to its link: of a link in several posts, nobody guesses"
        " which one was read. Give each post a link of its own, or a placement, to tell them apart."
    )
    async def links(self, info: Info) -> list[Link]:
        link_ids = await info.context.loader(make_post_links_loader).load(self.row.id)
        rows = await info.context.loader(make_link_loader).load_many(link_ids)
        return [Link.from_row(row) for row in rows if row]

    @strawberry.field(description="When after it went live clicks on its links came.")
    async def timing(self, info: Info) -> PostTiming:
        published = Published(self.row.id, self.row.published_at)
        return PostTiming.from_timing(published, await info.context.loader(make_timing_loader).load(published))
