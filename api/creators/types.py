"""A creator: who shares links, and who may see them."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Context, Info
from api.creators.loaders import make_creator_loader, make_profile_loader
from api.enums import publish_enum
from api.ids import encode_id
from api.links.queries import Filter, Order, connect_links, read_filter
from api.links.types import Link
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last, PageArguments
from api.reports.queries import RangeArgument, make_report
from api.reports.types import Report
from api.scalars import URL, BigInt
from tracking.creators.models import Platform
from tracking.creators.queries import CreatorRow, ProfileRow
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope

if TYPE_CHECKING:
    from api.campaigns.types import Campaign

_NAMES = {
    Platform.TIKTOK: "TikTok",
    Platform.YOUTUBE: "YouTube",
    Platform.LINKEDIN: "LinkedIn",
    Platform.BLOG: "A blog",
    Platform.NEWSLETTER: "A newsletter",
    Platform.PODCAST: "A podcast",
    Platform.OTHER: "Anything else",
}
publish_enum(
    Platform,
    "Where a creator has an audience.",
    {platform: f"{_NAMES.get(platform, platform.value.title())}." for platform in Platform},
)


@strawberry.type(description="A creator on a platform, with the newest follower count.")
class Profile:
    platform: Platform = strawberry.field(description="Where it is.")
    handle: str = strawberry.field(description="The creator's name there, without @.")
    url: URL | None = strawberry.field(description="Its address.")
    followers: BigInt | None = strawberry.field(description="The newest count; null when none was given.")
    as_of: dt.date | None = strawberry.field(description="The day on which followers were counted.")

    @classmethod
    def from_row(cls, row: ProfileRow) -> "Profile":
        return cls(
            platform=row.platform,
            handle=row.handle,
            url=URL(row.url) if row.url else None,
            followers=None if row.followers is None else BigInt(row.followers),
            as_of=row.counted_on,
        )


@strawberry.type(description="Who shares links.")
class Creator(Node):
    handle: str = strawberry.field(description="Unique in the account, in any case.")
    name: str = strawberry.field(description="For people; may be empty.")
    external_id: str | None = strawberry.field(description="The brand's own id of this member.")
    public_id: str = strawberry.field(description="Stands in destinations where no external id is set; tells nothing.")
    created_at: dt.datetime = strawberry.field(description="When the account added this creator.")
    row: strawberry.Private[CreatorRow]

    @classmethod
    def from_row(cls, row: CreatorRow) -> "Creator":
        return cls(
            id=encode_id("Creator", row.id),
            handle=row.handle,
            name=row.name,
            external_id=row.external_id,
            public_id=row.public_id,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="Where the creator has an audience.")
    async def profiles(self, info: Info) -> list[Profile]:
        return [Profile.from_row(row) for row in await info.context.loader(make_profile_loader).load(self.row.id)]

    @strawberry.field(description="The campaigns that the creator is in, the newest first.")
    async def campaigns(
        self, info: Info, *, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Annotated["Campaign", strawberry.lazy("api.campaigns.types")]]:
        from api.campaigns.queries import connect_campaigns  # noqa: PLC0415 -- campaigns have creators too
        from tracking.campaigns.queries import CampaignFilter  # noqa: PLC0415 -- goes with it

        wanted = CampaignFilter(creator_id=self.row.id)
        return await connect_campaigns(info.context, wanted, PageArguments(first, after, last, before))

    @strawberry.field(description="The creator's links in every campaign, at most 1,000 at once.")
    async def links(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Link]:
        wanted = read_filter(filter).within(creator_id=self.row.id)
        return await connect_links(info.context, wanted, order_by, PageArguments(first, after, last, before))

    @strawberry.field(description="What happened on the creator's links, in every campaign, in a range.")
    async def report(self, info: Info, wanted: RangeArgument) -> Report:
        return await make_report(info.context, Subject(Scope.CREATOR, self.row.id), wanted)


async def load_creator(context: Context, creator_id: int | None) -> Creator | None:
    row = await context.loader(make_creator_loader).load(creator_id) if creator_id else None
    return Creator.from_row(row) if row else None
