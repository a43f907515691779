"""The text of a message as one recipient reads it, for whoever sends it."""

import strawberry

from api.contacts.types import Contact, load_contact
from api.context import Info
from api.creators.types import Creator, load_creator
from api.enums import publish_enum
from api.links.loaders import make_link_loader
from api.links.types import Link
from api.scalars import URL
from tracking.messages.texts import RecipientText
from tracking.messages.wording import MissingReason, MissingTag, TextLink, Wording

publish_enum(
    MissingReason,
    "Why there is no link where one should stand.",
    {
        MissingReason.ARCHIVED: "It was archived. A text never brings an archived link back.",
        MissingReason.NOT_PROMOTED: "The creator is not past APPLIED in the campaign, or the deliverable is archived.",
        MissingReason.NO_SHARE_LINK: "The contact has no link to share.",
        MissingReason.NO_LINKS: "The creator has no link that works.",
    },
)


@strawberry.type(description="A link that stands in a text.")
class MessageTextLink:
    tag: str = strawberry.field(description="What stands in the template for it, without braces.")
    url: URL = strawberry.field(description="What stands in the text.")
    link_id: strawberry.Private[int | None]

    @classmethod
    def from_row(cls, row: TextLink) -> "MessageTextLink":
        return cls(tag=row.tag, url=URL(row.link.url), link_id=row.link.link_id)

    @strawberry.field(description="The link; null for an opt-out address, which is never tracked.")
    async def link(self, info: Info) -> Link | None:
        row = await info.context.loader(make_link_loader).load(self.link_id) if self.link_id else None
        return Link.from_row(row) if row else None


@strawberry.type(description="A merge tag that a recipient has no link for.")
class MissingLink:
    tag: str = strawberry.field(description="As it stands in the template, without braces.")
    reason: MissingReason = strawberry.field(description="Why.")

    @classmethod
    def from_row(cls, row: MissingTag) -> "MissingLink":
        return cls(tag=row.tag, reason=row.reason)


@strawberry.type(description="What one recipient is to be sent.")
class MessageText:
    is_prepared: bool = strawberry.field(description="False while the recipient's links are being made.")
    text: str | None = strawberry.field(
        description="For sending as it is; null while it is not prepared, or a link in it is missing."
    )
    links: list[MessageTextLink] = strawberry.field(description="Those in the text, in its order.")
    missing: list[MissingLink] = strawberry.field(description="What the text cannot be sent without.")
    row: strawberry.Private[RecipientText]

    @classmethod
    def from_row(cls, row: RecipientText) -> "MessageText":
        wording = row.wording or Wording(None, [], [])
        return cls(
            is_prepared=row.wording is not None,
            text=wording.text,
            links=[MessageTextLink.from_row(link) for link in wording.links],
            missing=[MissingLink.from_row(tag) for tag in wording.missing],
            row=row,
        )

    @strawberry.field(description="Who is to get it; null when it is for a creator.")
    async def contact(self, info: Info) -> Contact | None:
        return await load_contact(info.context, self.row.contact_id)

    @strawberry.field(description="Who is to get it; null when it is for a contact.")
    async def creator(self, info: Info) -> Creator | None:
        return await load_creator(info.context, self.row.creator_id)


@strawberry.type(description="The text of a message for nobody in particular, to be copied.")
class SharedText:
    text: str | None = strawberry.field(description="To be copied; null while a link in it is missing.")
    links: list[MessageTextLink] = strawberry.field(description="Those in the text. Their clicks name nobody.")
    missing: list[MissingLink] = strawberry.field(description="What the text cannot be sent without.")

    @classmethod
    def from_wording(cls, wording: Wording) -> "SharedText":
        return cls(
            text=wording.text,
            links=[MessageTextLink.from_row(link) for link in wording.links],
            missing=[MissingLink.from_row(tag) for tag in wording.missing],
        )
