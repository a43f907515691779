"""Mutations of contacts."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.bulk import make_item
from api.contacts.loaders import make_contact_loader
from api.contacts.types import Contact
from api.context import Info
from api.errors import IdempotencyConflict, InvalidInput, UserError
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import UNKNOWN_KEY
from api.permissions import IsWriter
from api.scalars import URL
from tracking.contacts.rules import GivenContact
from tracking.contacts.service import upsert_contacts


@strawberry.input(description="A contact as it should be. What is left out stays, of one that exists.")
class ContactInput:
    external_id: str = strawberry.field(description="Your own id of the contact, 1 to 200 characters.")
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="For merge tags; 200 characters at most.")
    share_url: strawberry.Maybe[URL | None] = strawberry.field(
        default=None,
        description="Where the contact's own SHARE link leads: an http or https address. It makes the link, or leads it"
        " elsewhere; null archives it.",
    )

    def read(self) -> GivenContact:
        given = {"name": self.name, "share_url": self.share_url}
        return GivenContact(self.external_id, {key: each.value for key, each in given.items() if each is not None})


@strawberry.input(description="Contacts to add or to change.")
class UpsertContactsInput:
    contacts: list[ContactInput] = strawberry.field(description="1 to 1,000, each external id once.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of one contact of the call.")
class UpsertContactsItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when the contact is as given.")
    node: Contact | None = strawberry.field(description="The contact.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Every contact that could be stored was; each item says what became of one.")
class UpsertContactsSuccess:
    items: list[UpsertContactsItem] = strawberry.field(description="In the order of the input.")


UpsertContactsResult: TypeAlias = Annotated[
    UpsertContactsSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("UpsertContactsResult", description="How it went."),
]


@strawberry.type
class ContactMutation:
    @strawberry.mutation(
        description="Add contacts, or change those whose external id is known. One that cannot be stored does not hold"
        " up the others.",
        permission_classes=[IsWriter],
    )
    async def upsert_contacts(
        self, info: Info, given: Annotated[UpsertContactsInput, strawberry.argument(name="input", description="Whom.")]
    ) -> UpsertContactsResult:
        wanted = [contact.read() for contact in given.contacts]
        outcomes = await upsert_contacts(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        await tell_redirectors(info.context)
        ids = [outcome.contact_id for outcome in outcomes if outcome.contact_id]
        rows = await info.context.loader(make_contact_loader).load_many(ids)
        nodes = {row.id: Contact.from_row(row) for row in rows if row}
        return UpsertContactsSuccess(
            items=[
                make_item(UpsertContactsItem, place, nodes.get(each.contact_id or UNKNOWN_KEY), each.error)
                for place, each in enumerate(outcomes)
            ]
        )
