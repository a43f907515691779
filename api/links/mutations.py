"""Mutations of single links."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.context import Context, Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound, Taken
from api.ids import UNKNOWN_KEY, decode_id
from api.links.loaders import make_link_loader
from api.links.types import Link
from api.permissions import IsWriter
from api.scalars import URL
from tracking.links.service import NewCreatorLink, archive_link, create_creator_link


@strawberry.input(description="A link for one creator.")
class CreateCreatorLinkInput:
    creator_id: strawberry.ID = strawberry.field(description="Of the creator.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Of the campaign it belongs to.")
    destination_url: URL = strawberry.field(description="Where it leads: an http or https address.")
    label: str = strawberry.field(default="", description="For people: such as the platform it is for.")
    tags: list[str] = strawberry.field(default_factory=list, description="At most 50.")
    slug: str | None = strawberry.field(default=None, description="A readable one; a random one when left out.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="1 to 255 characters of your choice: a repeat with the same key and input answers as the first.",
    )


@strawberry.type(description="The link works.")
class CreateCreatorLinkSuccess:
    link: Link = strawberry.field(description="The new link, or that of the first call with the same key.")


@strawberry.input(description="A link to stop for ever.")
class ArchiveLinkInput:
    id: strawberry.ID = strawberry.field(description="Of the link.")
    replacement_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the link to name in its place. Visitors are not forwarded to it."
    )


@strawberry.type(description="The link has stopped, on every redirector within a second.")
class ArchiveLinkSuccess:
    link: Link = strawberry.field(description="As it is now.")


CreateCreatorLinkResult: TypeAlias = Annotated[
    CreateCreatorLinkSuccess | InvalidInput | NotFound | Taken | IdempotencyConflict,
    strawberry.union("CreateCreatorLinkResult", description="How it went."),
]
ArchiveLinkResult: TypeAlias = Annotated[
    ArchiveLinkSuccess | InvalidInput | NotFound, strawberry.union("ArchiveLinkResult", description="How it went.")
]


@strawberry.type
class LinkMutation:
    @strawberry.mutation(
        description="Create a link for one creator. It works when this answers.", permission_classes=[IsWriter]
    )
    async def create_creator_link(
        self, info: Info, given: Annotated[CreateCreatorLinkInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateCreatorLinkResult:
        wanted = NewCreatorLink(
            creator_id=decode_id(given.creator_id, "Creator") or UNKNOWN_KEY,
            destination_url=given.destination_url,
            campaign_id=_read_optional_id(given.campaign_id, "Campaign"),
            label=given.label,
            tags=tuple(given.tags),
            slug=given.slug,
        )
        row = await create_creator_link(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        await tell_redirectors(info.context)
        return CreateCreatorLinkSuccess(link=await _load(info.context, row.id))

    @strawberry.mutation(
        description="Stop a link for ever: it answers 410 and keeps its clicks. Doing it again changes nothing.",
        permission_classes=[IsWriter],
    )
    async def archive_link(
        self, info: Info, given: Annotated[ArchiveLinkInput, strawberry.argument(name="input", description="Which.")]
    ) -> ArchiveLinkResult:
        link_id = decode_id(given.id, "Link") or UNKNOWN_KEY
        replacement_id = (
            None if given.replacement_id is None else decode_id(given.replacement_id, "Link") or UNKNOWN_KEY
        )
        row = await archive_link(info.context.account_id, link_id, replacement_id=replacement_id)
        await tell_redirectors(info.context)
        return ArchiveLinkSuccess(link=await _load(info.context, row.id))


async def _load(context: Context, link_id: int) -> Link:
    row = await context.loader(make_link_loader).load(link_id)
    if row is None:
        raise LookupError("a link that was just there is gone")
    return Link.from_row(row)


def _read_optional_id(global_id: str | None, type_name: str) -> int | None:
    return None if global_id is None else decode_id(global_id, type_name) or UNKNOWN_KEY
