"""A merge tag that stands for a link: what a picker offers to whoever writes a text."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Info
from api.deliverables.queries import load_deliverable
from api.deliverables.types import TrackingDeliverable
from api.links.loaders import make_link_loader
from api.links.types import Link
from api.scalars import URL
from tracking.links.models import LinkKind
from tracking.messages.tags import MergeTag as MergeTagRow

if TYPE_CHECKING:
    from api.offers.types import Offer


@strawberry.type(description="What can be put into a template, in double braces, to become a link.")
class MergeTag:
    tag: str = strawberry.field(description="Without braces, such as `links.summer_sale`.")
    label: str = strawberry.field(description="The name of what it stands for.")
    kind: LinkKind = strawberry.field(description="What it belongs to; RECIPIENT for an offer.")
    destination_url: URL | None = strawberry.field(description="Where it leads; null where each recipient's differs.")
    row: strawberry.Private[MergeTagRow]

    @classmethod
    def from_row(cls, row: MergeTagRow) -> "MergeTag":
        return cls(
            tag=row.tag,
            label=row.label,
            kind=row.kind,
            destination_url=URL(row.destination_url) if row.destination_url else None,
            row=row,
        )

    @strawberry.field(description="The deliverable: creators get their own link of it, contacts one made for them.")
    async def deliverable(self, info: Info) -> TrackingDeliverable | None:
        return await load_deliverable(info.context, self.row.deliverable_id)

    @strawberry.field(description="The custom or system link: recipients get links that lead where it does.")
    async def link(self, info: Info) -> Link | None:
        row = await info.context.loader(make_link_loader).load(self.row.link_id) if self.row.link_id else None
        return Link.from_row(row) if row else None

    @strawberry.field(description="The offer that the links of recipients are bound to.")
    async def offer(self, info: Info) -> Annotated["Offer", strawberry.lazy("api.offers.types")] | None:
        from api.offers.types import load_offer  # noqa: PLC0415 -- offers have links, and links have offers

        return await load_offer(info.context, self.row.offer_id)
