"""What a client says of a text, for previewing or preparing it."""

from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.errors import Archived, InvalidInput, NotFound
from api.ids import read_id, read_optional_id
from api.message_texts.types import MissingLink
from api.permissions import IsWriter
from api.scalars import URL
from tracking.messages.composing import Draft, SlotOffer
from tracking.messages.models import Channel
from tracking.messages.previewing import Preview, preview_message
from tracking.messages.wording import TextLink


@strawberry.input(description="The offer that the links of a tag are bound to.")
class SlotOfferInput:
    tag: str = strawberry.field(description="As in the template, without braces; `url_1` is the first plain address.")
    offer_id: strawberry.ID = strawberry.field(description="Of the offer.")


@strawberry.input(description="A text and what its tags stand for.")
class MessageTextInput:
    template: str = strawberry.field(
        description="1 to 20,000 characters with merge tags such as `{{ links.summer_sale }}`. `\\{{` stands for two"
        " braces, `\\\\{{` for a backslash before a tag."
    )
    channel: Channel = strawberry.field(default=Channel.BROADCAST_SMS, description="How it reaches people.")
    campaign_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose deliverables and system links the text may hold."
    )
    domain_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a verified tracking domain; the campaign's or the account's default if left out."
    )
    tracks_plain_urls: bool = strawberry.field(
        default=False,
        description=(
            "Whether http and https addresses in the text become tracked links: in HTML those of links and of running"
            " text, not those of pictures. Short links stay as they are."
        ),
    )
    is_html: bool = strawberry.field(
        default=False, description="Whether the template is HTML: names and links are escaped for it."
    )
    action_page_url: URL | None = strawberry.field(
        default=None, description="Where its action page is: `{{ system_links.action_page }}`."
    )
    opt_out_url: URL | None = strawberry.field(
        default=None, description="Where `{{ opt_out }}` leads. Opening it is never tracked."
    )
    offers: list[SlotOfferInput] = strawberry.field(
        default_factory=list, description="The offers of links that are no offer's own."
    )

    def read_draft(self) -> Draft:
        return Draft(
            template=self.template,
            channel=self.channel,
            campaign_id=read_optional_id(self.campaign_id, "Campaign"),
            domain_id=read_optional_id(self.domain_id, "TrackingDomain"),
            tracks_plain_urls=self.tracks_plain_urls,
            is_html=self.is_html,
            action_page_url=self.action_page_url,
            opt_out_url=self.opt_out_url,
            offers=tuple(SlotOffer(each.tag, read_id(each.offer_id, "Offer")) for each in self.offers),
        )


@strawberry.input(description="A text to see as one recipient would.")
class PreviewMessageInput(MessageTextInput):
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="Of the contact who would read it.")
    creator_id: strawberry.ID | None = strawberry.field(default=None, description="Of the creator who would read it.")

    def read(self) -> Preview:
        return Preview(
            self.read_draft(),
            contact_id=read_optional_id(self.contact_id, "Contact"),
            creator_id=read_optional_id(self.creator_id, "Creator"),
        )


@strawberry.type(description="A link in a preview.")
class PreviewedLink:
    tag: str = strawberry.field(description="What stands in the template for it, without braces.")
    url: URL = strawberry.field(description="What stands in the preview.")
    is_placeholder: bool = strawberry.field(
        description="True for a link that is made when the message is prepared: as long as the real one, and leads"
        " nowhere."
    )

    @classmethod
    def from_row(cls, row: TextLink) -> "PreviewedLink":
        is_placeholder = row.link.link_id is None and row.tag != "opt_out"
        return cls(tag=row.tag, url=URL(row.link.url), is_placeholder=is_placeholder)


@strawberry.type(description="What the recipient would read. Nothing was made.")
class PreviewMessageSuccess:
    text: str | None = strawberry.field(description="Null when a link is missing.")
    links: list[PreviewedLink] = strawberry.field(description="Those in the text, in its order.")
    missing: list[MissingLink] = strawberry.field(description="What the text could not be sent without.")


PreviewMessageResult: TypeAlias = Annotated[
    PreviewMessageSuccess | InvalidInput | NotFound | Archived,
    strawberry.union("PreviewMessageResult", description="How it went."),
]


@strawberry.type
class MessagePreviewing:
    @strawberry.mutation(
        description="Show a text as one recipient would read it, or as it would be copied. Nothing is made.",
        permission_classes=[IsWriter],
    )
    async def preview_message(
        self, info: Info, given: Annotated[PreviewMessageInput, strawberry.argument(name="input", description="It.")]
    ) -> PreviewMessageResult:
        context = info.context
        wording = await preview_message(context.pool, context.account_id, given.read(), context.settings)
        return PreviewMessageSuccess(
            text=wording.text,
            links=[PreviewedLink.from_row(link) for link in wording.links],
            missing=[MissingLink.from_row(tag) for tag in wording.missing],
        )
