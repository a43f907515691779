"""A contact: whom messages go to, by an id of the brand's own."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.contacts.loaders import (
    make_contact_loader,
    make_link_clicks_loader,
    make_referral_clicks_loader,
    make_share_link_loader,
)
from api.context import Context, Info
from api.ids import encode_id
from api.node_reports.types import ContactReport
from api.nodes import Node
from api.reports.queries import make_report_field
from api.scalars import URL, BigInt
from tracking.contacts.queries import ContactRow
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope

if TYPE_CHECKING:
    from api.links.types import Link


@strawberry.type(description="Whom messages go to. Nothing of a contact but our own id enters a click.")
class Contact(Node):
    external_id: str = strawberry.field(description="The brand's own id of the contact, unique in the account.")
    name: str = strawberry.field(description="For merge tags; may be empty.")
    share_url: URL | None = strawberry.field(description="Where the contact's own SHARE link leads.")
    created_at: dt.datetime = strawberry.field(description="When the account added the contact.")
    row: strawberry.Private[ContactRow]

    @classmethod
    def from_row(cls, row: ContactRow) -> "Contact":
        return cls(
            id=encode_id("Contact", row.id),
            external_id=row.external_id,
            name=row.name,
            share_url=URL(row.share_url) if row.share_url else None,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(
        description="The contact's own link to pass on, made when `shareUrl` is set. It says whom to credit, never who"
        " came: a click on it has no contact."
    )
    async def share_link(self, info: Info) -> Annotated["Link", strawberry.lazy("api.links.types")] | None:
        from api.links.loaders import make_link_loader  # noqa: PLC0415 -- links have a contact, and contacts a link
        from api.links.types import Link  # noqa: PLC0415 -- goes with it

        link_id = await info.context.loader(make_share_link_loader).load(self.row.id)
        row = await info.context.loader(make_link_loader).load(link_id) if link_id else None
        return Link.from_row(row) if row else None

    @strawberry.field(
        description="Counted clicks on links made for this contact alone, of the clicks that are still kept. Whoever"
        " passes such a link on is taken for its contact. `referralLinkClicks` are not among them."
    )
    async def link_clicks(self, info: Info) -> BigInt:
        return BigInt(await info.context.loader(make_link_clicks_loader).load(self.row.id))

    @strawberry.field(
        description="Counted clicks by anybody on the SHARE links that this contact has, or had: one hop of referral,"
        " as nobody knows who passed the link on further. `linkClicks` are not among them."
    )
    async def referral_link_clicks(self, info: Info) -> BigInt:
        return BigInt(await info.context.loader(make_referral_clicks_loader).load(self.row.id))

    report: ContactReport = make_report_field(
        "What happened in a range on links made for this contact alone. `LIFETIME` is of everything since they were"
        " made; other ranges, and series, are of the clicks that are still kept.",
        ContactReport,
        lambda contact: Subject(Scope.CONTACT, contact.row.id),
    )


async def load_contact(context: Context, contact_id: int | None) -> Contact | None:
    row = await context.loader(make_contact_loader).load(contact_id) if contact_id else None
    return Contact.from_row(row) if row else None
