"""Mutations of links that exist: change, archive, delete."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.context import Info
from api.errors import Archived, InvalidInput, NotFound, Taken
from api.ids import read_id, read_optional_id
from api.links.mutations.making import UtmInput
from api.links.types import Link, require_link
from api.permissions import IsWriter
from api.scalars import URL
from tracking.errors import InvalidInputError
from tracking.links.editing import LinkChanges, update_link
from tracking.links.models import QueryPolicy
from tracking.links.service import Replacement, archive_link, delete_custom_link


@strawberry.input(
    description="What of a link to change. What is left out or null stays. A system link leads where its campaign, "
    "message or contact says; a recipient's link cannot change at all, as the message with it is prepared."
)
class UpdateLinkInput:
    id: strawberry.ID = strawberry.field(description="Of the link.")
    destination_url: URL | None = strawberry.field(
        default=None, description="Where it leads. A campaign's link no longer follows its deliverable then."
    )
    utm: UtmInput | None = strawberry.field(
        default=None, description="To write into the destination, which is then one of its own in the same way."
    )
    follows_deliverable: bool = strawberry.field(
        default=False, description="True: a campaign's link that was led elsewhere follows its deliverable again."
    )
    label: str | None = strawberry.field(default=None, description="For people, at most 200 characters.")
    tags: list[str] | None = strawberry.field(default=None, description="All of them, at most 50.")
    query_policy: QueryPolicy | None = strawberry.field(
        default=None, description="What becomes of a visitor's own query parameters."
    )
    is_test: bool | None = strawberry.field(
        default=None, description="True: none of its clicks counts from now on. Clicks before stay as they are."
    )

    def read(self) -> LinkChanges:
        return LinkChanges(
            destination_url=self.destination_url,
            utm=self.utm.read() if self.utm else None,
            follows_deliverable=self.follows_deliverable,
            label=self.label,
            tags=None if self.tags is None else tuple(self.tags),
            query_policy=self.query_policy,
            is_test=self.is_test,
        )


@strawberry.type(description="The link was changed, on every redirector within a second.")
class UpdateLinkSuccess:
    link: Link = strawberry.field(description="As it is now.")


@strawberry.input(
    description="A new link in the place of one that is archived, of the same kind, creator, campaign and deliverable. "
    "What is left out is as it was; the slug is random unless one is given."
)
class ReplacementInput:
    slug: str | None = strawberry.field(default=None, description="A readable one, which no other link has or had.")
    destination_url: URL | None = strawberry.field(default=None, description="Where it leads.")
    label: str | None = strawberry.field(default=None, description="For people, at most 200 characters.")
    domain_id: strawberry.ID | None = strawberry.field(default=None, description="Of a verified tracking domain.")


@strawberry.input(description="A link to stop for ever, and what to use in its place: at most one of the two.")
class ArchiveLinkInput:
    id: strawberry.ID = strawberry.field(description="Of the link.")
    replacement_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the link to name in its place. Visitors are not forwarded to it."
    )
    replacement: ReplacementInput | None = strawberry.field(
        default=None, description="A link to make in its place, all at once. Visitors are not forwarded to it."
    )

    def read_replacement(self) -> int | Replacement | None:
        if self.replacement is None:
            return read_optional_id(self.replacement_id, "Link")
        if self.replacement_id is not None:
            raise InvalidInputError("name a link or make one, not both", ("replacement",))
        given = self.replacement
        domain_id = read_optional_id(given.domain_id, "TrackingDomain")
        return Replacement(given.slug, given.destination_url, given.label, domain_id)


@strawberry.type(description="The link has stopped, on every redirector within a second; its creator has a notice.")
class ArchiveLinkSuccess:
    link: Link = strawberry.field(description="As it is now.")


@strawberry.input(description="A custom link to delete.")
class DeleteCustomLinkInput:
    id: strawberry.ID = strawberry.field(description="Of the link.")


@strawberry.type(description="The link has stopped and is in no list any more. Its clicks stay in every report.")
class DeleteCustomLinkSuccess:
    link: Link = strawberry.field(description="As it was last.")


UpdateLinkResult: TypeAlias = Annotated[
    UpdateLinkSuccess | InvalidInput | NotFound | Archived,
    strawberry.union("UpdateLinkResult", description="How it went."),
]
ArchiveLinkResult: TypeAlias = Annotated[
    ArchiveLinkSuccess | InvalidInput | NotFound | Taken | Archived,
    strawberry.union("ArchiveLinkResult", description="How it went."),
]
DeleteCustomLinkResult: TypeAlias = Annotated[
    DeleteCustomLinkSuccess | InvalidInput | NotFound,
    strawberry.union("DeleteCustomLinkResult", description="How it went."),
]


@strawberry.type
class LinkChanging:
    @strawberry.mutation(
        description="Change a link. Its slug, and whom it belongs to, never change.", permission_classes=[IsWriter]
    )
    async def update_link(
        self, info: Info, given: Annotated[UpdateLinkInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateLinkResult:
        link_id = read_id(given.id, "Link")
        row = await update_link(info.context.account_id, link_id, given.read())
        await tell_redirectors(info.context)
        return UpdateLinkSuccess(link=await require_link(info.context, row.id))

    @strawberry.mutation(
        description="Stop a link for ever: it answers 410 and keeps its clicks. Doing it again changes nothing, and "
        "makes no second replacement. The slug is never used again.",
        permission_classes=[IsWriter],
    )
    async def archive_link(
        self, info: Info, given: Annotated[ArchiveLinkInput, strawberry.argument(name="input", description="Which.")]
    ) -> ArchiveLinkResult:
        link_id = read_id(given.id, "Link")
        row = await archive_link(info.context.account_id, link_id, replacement=given.read_replacement())
        await tell_redirectors(info.context)
        return ArchiveLinkSuccess(link=await require_link(info.context, row.id))

    @strawberry.mutation(
        description="Stop a custom link and take it out of every list. Doing it again changes nothing.",
        permission_classes=[IsWriter],
    )
    async def delete_custom_link(
        self, info: Info, given: Annotated[DeleteCustomLinkInput, strawberry.argument(name="input", description="It.")]
    ) -> DeleteCustomLinkResult:
        row = await delete_custom_link(info.context.account_id, read_id(given.id, "Link"))
        await tell_redirectors(info.context)
        return DeleteCustomLinkSuccess(link=await require_link(info.context, row.id))
