"""What a creator should know about a link of theirs (LS8)."""

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.enums import publish_enum
from api.links.loaders import make_link_loader
from api.links.types import Link
from tracking.creators.models import NoticeKind
from tracking.creators.queries import NoticeRow

publish_enum(
    NoticeKind,
    "What happened to a creator's link.",
    {
        NoticeKind.LINK_ARCHIVED: "It was stopped for ever: do not share it any more.",
        NoticeKind.LINK_REPLACED: "There is a link to use in place of one that was stopped before.",
        NoticeKind.LINK_DESTINATION_BROKEN: "Its destination no longer answers as it should.",
    },
)


@strawberry.input(description="Which notices. What is left out or null restricts nothing.")
class NoticeFilter:
    kinds: list[NoticeKind] | None = strawberry.field(default=None, description="Of any of these kinds.")


Filter: TypeAlias = Annotated[NoticeFilter | None, strawberry.argument(description="Which ones; all when left out.")]


@strawberry.type(description="What a creator should know about a link of theirs.")
class CreatorNotice:
    kind: NoticeKind = strawberry.field(description="What happened.")
    created_at: dt.datetime = strawberry.field(description="When it happened.")
    row: strawberry.Private[NoticeRow]

    @classmethod
    def from_row(cls, row: NoticeRow) -> "CreatorNotice":
        return cls(kind=row.kind, created_at=row.created_at, row=row)

    @strawberry.field(description="The link that it is about; null when it was deleted.")
    async def link(self, info: Info) -> Link | None:
        return await _load_link(info, self.row.link_id)

    @strawberry.field(description="The link to use in its place, where there is one.")
    async def replacement(self, info: Info) -> Link | None:
        return await _load_link(info, self.row.replacement_id)


async def _load_link(info: Info, link_id: int | None) -> Link | None:
    row = await info.context.loader(make_link_loader).load(link_id) if link_id else None
    return Link.from_row(row) if row else None
