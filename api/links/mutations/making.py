"""Mutations that make links of a creator, and custom ones."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.bulk import make_item
from api.context import Info
from api.errors import (
    Archived,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    Taken,
    UserError,
)
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import UNKNOWN_KEY, read_optional_id
from api.links.loaders import make_link_loader
from api.links.types import Link, require_link
from api.permissions import IsWriter
from api.scalars import URL
from tracking.links.creation import NewLink, create_link, create_links
from tracking.links.models import QueryPolicy
from tracking.links.utm import Utm


@strawberry.input(
    description="utm parameters to write into a destination: in the place of those it has, else at the end of its "
    "query. What is left out stays as it is; an empty one is taken away."
)
class UtmInput:
    source: str | None = strawberry.field(default=None, description="utm_source, at most 200 characters as the others.")
    medium: str | None = strawberry.field(default=None, description="utm_medium.")
    campaign: str | None = strawberry.field(default=None, description="utm_campaign.")
    term: str | None = strawberry.field(default=None, description="utm_term.")
    content: str | None = strawberry.field(default=None, description="utm_content.")

    def read(self) -> Utm:
        return Utm(self.source, self.medium, self.campaign, self.term, self.content)


@strawberry.input(description="What every new link may say of itself.")
class LinkFieldsInput:
    destination_url: URL = strawberry.field(description="Where it leads: an http or https address.")
    utm: UtmInput | None = strawberry.field(default=None, description="To write into the destination.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Of the campaign it belongs to.")
    sharer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the user who is credited for its clicks."
    )
    offer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the offer that it sells, for ever; not an archived one."
    )
    domain_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a verified tracking domain; the campaign's or the account's default if left out."
    )
    slug: str | None = strawberry.field(
        default=None, description="A readable one, which no other link has or had; a random one when left out."
    )
    tags: list[str] = strawberry.field(default_factory=list, description="At most 50.")
    query_policy: QueryPolicy = strawberry.field(
        default=QueryPolicy.IGNORE, description="What becomes of a visitor's own query parameters."
    )
    is_test: bool = strawberry.field(default=False, description="True: none of its clicks counts.")

    def read_link(self, creator_id: strawberry.ID | None, label: str) -> NewLink:
        return NewLink(
            creator_id=read_optional_id(creator_id, "Creator"),
            destination_url=self.destination_url,
            campaign_id=read_optional_id(self.campaign_id, "Campaign"),
            label=label,
            tags=tuple(self.tags),
            slug=self.slug,
            domain_id=read_optional_id(self.domain_id, "TrackingDomain"),
            sharer_id=read_optional_id(self.sharer_id, "User"),
            offer_id=read_optional_id(self.offer_id, "Offer"),
            utm=self.utm.read() if self.utm else None,
            query_policy=self.query_policy,
            is_test=self.is_test,
        )


@strawberry.input(description="A link for one creator. Several to one destination stay apart, by their labels.")
class CreateCreatorLinkInput(LinkFieldsInput):
    creator_id: strawberry.ID = strawberry.field(description="Of the creator.")
    label: str = strawberry.field(default="", description="For people: such as the platform it is for.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="A link to any address, which goes by its label.")
class CreateCustomLinkInput(LinkFieldsInput):
    label: str = strawberry.field(description="Its name for people, 1 to 200 characters.")
    is_honeypot: bool = strawberry.field(
        default=False,
        description="True for a link that no person sees, hidden where programs find it: every click on it is one of a"
        " program. It stays so, and no picker offers it.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="A link of a creator, or a custom one.")
class LinkInput(LinkFieldsInput):
    creator_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of its creator; without one it is a custom link, and needs a label."
    )
    label: str = strawberry.field(default="", description="For people, at most 200 characters.")


@strawberry.input(description="New links.")
class CreateLinksInput:
    links: list[LinkInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The link works.")
class CreateCreatorLinkSuccess:
    link: Link = strawberry.field(description="The new link, or that of the first call with the same key.")


@strawberry.type(description="The link works.")
class CreateCustomLinkSuccess:
    link: Link = strawberry.field(description="The new link, or that of the first call with the same key.")


@strawberry.type(description="What became of one link of the call.")
class CreateLinksItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when the link works.")
    node: Link | None = strawberry.field(description="The new link.")
    errors: list[UserError] = strawberry.field(description="Why there is none.")


@strawberry.type(description="Every link that could be made works; each item says what became of one.")
class CreateLinksSuccess:
    items: list[CreateLinksItem] = strawberry.field(description="In the order of the input.")


CreateCreatorLinkResult: TypeAlias = Annotated[
    CreateCreatorLinkSuccess | InvalidInput | NotFound | Taken | Archived | IdempotencyConflict,
    strawberry.union("CreateCreatorLinkResult", description="How it went."),
]
CreateCustomLinkResult: TypeAlias = Annotated[
    CreateCustomLinkSuccess | InvalidInput | NotFound | Taken | Archived | IdempotencyConflict,
    strawberry.union("CreateCustomLinkResult", description="How it went."),
]
CreateLinksResult: TypeAlias = Annotated[
    CreateLinksSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateLinksResult", description="How it went."),
]


@strawberry.type
class LinkMaking:
    @strawberry.mutation(
        description="Create a link for one creator. It works when this answers.", permission_classes=[IsWriter]
    )
    async def create_creator_link(
        self, info: Info, given: Annotated[CreateCreatorLinkInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateCreatorLinkResult:
        wanted = given.read_link(given.creator_id, given.label)
        row = await create_link(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        await tell_redirectors(info.context)
        return CreateCreatorLinkSuccess(link=await require_link(info.context, row.id))

    @strawberry.mutation(
        description="Create a link to any address. It works when this answers.", permission_classes=[IsWriter]
    )
    async def create_custom_link(
        self, info: Info, given: Annotated[CreateCustomLinkInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateCustomLinkResult:
        wanted = given.read_link(None, given.label)._replace(is_honeypot=given.is_honeypot)
        row = await create_link(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        await tell_redirectors(info.context)
        return CreateCustomLinkSuccess(link=await require_link(info.context, row.id))

    @strawberry.mutation(
        description="Create links of creators and custom ones. One that cannot be made does not hold up the others.",
        permission_classes=[IsWriter],
    )
    async def create_links(
        self, info: Info, given: Annotated[CreateLinksInput, strawberry.argument(name="input", description="Which.")]
    ) -> CreateLinksResult:
        wanted = [link.read_link(link.creator_id, link.label) for link in given.links]
        outcomes = await create_links(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        await tell_redirectors(info.context)
        made = [outcome.link_id for outcome in outcomes if outcome.link_id]
        rows = await info.context.loader(make_link_loader).load_many(made)
        nodes = {row.id: Link.from_row(row) for row in rows if row}
        return CreateLinksSuccess(
            items=[
                make_item(CreateLinksItem, place, nodes.get(each.link_id or UNKNOWN_KEY), each.error)
                for place, each in enumerate(outcomes)
            ]
        )
