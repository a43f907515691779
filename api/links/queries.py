"""Root fields about links, and the links of a campaign or creator."""

from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.errors import refuse_input
from api.ids import read_key, read_optional_id
from api.links.loaders import make_link_loader, make_link_page_loader
from api.links.types import Link
from api.nodes import register_node
from api.pagination import (
    After,
    Before,
    Connection,
    First,
    Last,
    OrderDirection,
    PageArguments,
    make_connection,
    read_page,
)
from api.permissions import IsReader
from api.scalars import URL
from tracking.links.listing import LinkFilter as WantedLinks
from tracking.links.listing import LinkPage, LinkRow, find_link_by_url
from tracking.links.models import LinkKind, SystemLinkKind

MAX_LINKS: Final = 1_000
MAX_SEARCH_CHARS: Final = 200


@strawberry.input(description="Which links. What is left out or null restricts nothing, unless it says otherwise.")
class LinkFilter:
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Of this campaign.")
    creator_id: strawberry.ID | None = strawberry.field(default=None, description="Of this creator.")
    deliverable_id: strawberry.ID | None = strawberry.field(default=None, description="Made by this deliverable.")
    message_id: strawberry.ID | None = strawberry.field(default=None, description="Of this message.")
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="Made for this contact.")
    sharer_id: strawberry.ID | None = strawberry.field(default=None, description="Crediting this user.")
    domain_id: strawberry.ID | None = strawberry.field(default=None, description="On this tracking domain.")
    kinds: list[LinkKind] | None = strawberry.field(
        default=None,
        description="Made for any of these. When left out, recipients' links are only listed by message or contact.",
    )
    system_kinds: list[SystemLinkKind] | None = strawberry.field(default=None, description="System links of these.")
    any_tag: list[str] | None = strawberry.field(default=None, description="With at least one of these tags.")
    all_tags: list[str] | None = strawberry.field(default=None, description="With each of these tags.")
    search: str | None = strawberry.field(
        default=None, description="With this text in label, slug or destination, in any case."
    )
    is_archived: bool | None = strawberry.field(
        default=False, description="True: archived ones. False or left out: those that work. Null: both."
    )
    is_destination_broken: bool | None = strawberry.field(
        default=None, description="True: those whose destination was found broken. False: all others."
    )


class LinkOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"
    LABEL = "LABEL"
    TOTAL_CLICKS = "TOTAL_CLICKS"
    UNIQUE_CLICKS = "UNIQUE_CLICKS"


publish_enum(
    LinkOrderField,
    "What links are sorted by.",
    {
        LinkOrderField.CREATED_AT: "When they were made.",
        LinkOrderField.LABEL: "Their labels, in any case.",
        LinkOrderField.TOTAL_CLICKS: "All requests since they were made; of contacts' own links none.",
        LinkOrderField.UNIQUE_CLICKS: "Unique clicks since they were made; of contacts' own links none.",
    },
)


@strawberry.input(description="What links are sorted by, and which end comes first.")
class LinkOrder:
    field: LinkOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")


Filter: TypeAlias = Annotated[
    LinkFilter | None, strawberry.argument(description="Which ones; those that work when left out.")
]
Order: TypeAlias = Annotated[
    LinkOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
]


async def find_link(context: Context, key: str) -> Link | None:
    """A deleted one is not found: only its clicks and its history name it."""
    link_id = read_key(key)
    row = await context.loader(make_link_loader).load(link_id) if link_id else None
    return Link.from_row(row) if row and row.deleted_at is None else None


register_node("Link", find_link)


def read_filter(given: LinkFilter | None) -> WantedLinks:
    if given is None:
        return WantedLinks()
    if given.search is not None and len(given.search) > MAX_SEARCH_CHARS:
        raise refuse_input(f"`search` has at most {MAX_SEARCH_CHARS} characters.")
    return WantedLinks(
        campaign_id=read_optional_id(given.campaign_id, "Campaign"),
        creator_id=read_optional_id(given.creator_id, "Creator"),
        deliverable_id=read_optional_id(given.deliverable_id, "TrackingDeliverable"),
        message_id=read_optional_id(given.message_id, "Message"),
        contact_id=read_optional_id(given.contact_id, "Contact"),
        sharer_id=read_optional_id(given.sharer_id, "User"),
        domain_id=read_optional_id(given.domain_id, "TrackingDomain"),
        kinds=given.kinds,
        system_kinds=given.system_kinds,
        any_tag=given.any_tag,
        all_tags=given.all_tags,
        search=given.search,
        is_archived=given.is_archived,
        is_destination_broken=given.is_destination_broken,
    )


async def connect_links(
    context: Context,
    wanted: WantedLinks,
    order: LinkOrder | None,
    arguments: PageArguments,
) -> Connection[Link]:
    """One page, with totals; the pages of nodes beside each other are one statement."""
    field = order.field if order else LinkOrderField.CREATED_AT
    direction = order.direction if order else OrderDirection.DESC
    name = f"links.{field.name}.{direction.name}"
    page = read_page(*arguments, key_type=_KEY_TYPES[field], order=name, max_page=MAX_LINKS)
    wanted_page = LinkPage(wanted, page.window, field.name, direction is OrderDirection.DESC)
    rows = await context.loader(make_link_page_loader).load(wanted_page)
    return make_connection(rows, page, Link.from_row, lambda row: _find_key(row, field))


_KEY_TYPES: Final[dict[LinkOrderField, Any]] = {
    LinkOrderField.CREATED_AT: tuple[int],
    LinkOrderField.LABEL: tuple[str, int],
    LinkOrderField.TOTAL_CLICKS: tuple[int, int],
    LinkOrderField.UNIQUE_CLICKS: tuple[int, int],
}


@strawberry.type
class LinkQuery:
    @strawberry.field(
        description="The account's links that work, at most 1,000 at once; archived ones when asked for.",
        permission_classes=[IsReader],
    )
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
        return await connect_links(
            info.context, read_filter(filter), order_by, PageArguments(first, after, last, before)
        )

    @strawberry.field(
        description="The link behind a short URL; null when this account has none there.", permission_classes=[IsReader]
    )
    async def link_by_url(
        self, info: Info, url: Annotated[URL, strawberry.argument(description="As people share it.")]
    ) -> Link | None:
        row = await find_link_by_url(info.context.pool, info.context.account_id, url)
        return Link.from_row(row) if row else None


def _find_key(row: LinkRow, field: LinkOrderField) -> tuple[int] | tuple[int | str, int]:
    match field:
        case LinkOrderField.CREATED_AT:
            return (row.id,)
        case LinkOrderField.LABEL:
            return (row.label_key, row.id)
        case LinkOrderField.TOTAL_CLICKS:
            return (sum(row.totals[:6]), row.id)
        case LinkOrderField.UNIQUE_CLICKS:
            return (row.totals.unique_clicks, row.id)
