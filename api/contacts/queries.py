"""Root fields about contacts."""

from enum import StrEnum
from typing import Annotated, Any

import strawberry

from api.contacts.types import Contact, load_contact
from api.context import Context, Info
from api.enums import publish_enum
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from tracking.contacts.queries import ContactFilter as WantedContacts
from tracking.contacts.queries import ContactRow, list_contacts


@strawberry.input(description="Which contacts. What is left out or null restricts nothing.")
class ContactFilter:
    external_ids: list[str] | None = strawberry.field(default=None, description="With any of these external ids.")
    name_prefix: str | None = strawberry.field(default=None, description="Whose name begins so, in any case.")

    def read(self) -> WantedContacts:
        return WantedContacts(self.external_ids, self.name_prefix)


class ContactOrderField(StrEnum):
    CREATED_AT = "CREATED_AT"
    NAME = "NAME"
    EXTERNAL_ID = "EXTERNAL_ID"


publish_enum(
    ContactOrderField,
    "What contacts are sorted by.",
    {
        ContactOrderField.CREATED_AT: "When they were added.",
        ContactOrderField.NAME: "Their names, in any case.",
        ContactOrderField.EXTERNAL_ID: "Their external ids.",
    },
)


@strawberry.input(description="What contacts are sorted by, and which end comes first.")
class ContactOrder:
    field: ContactOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="What comes first.")


async def find_contact(context: Context, key: str) -> Contact | None:
    return await load_contact(context, read_key(key))


register_node("Contact", find_contact)


@strawberry.type
class ContactQuery:
    @strawberry.field(description="The account's contacts.", permission_classes=[IsReader])
    async def contacts(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            ContactFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        order_by: Annotated[
            ContactOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Contact]:
        order = order_by or ContactOrder(field=ContactOrderField.CREATED_AT, direction=OrderDirection.DESC)
        is_by_id = order.field is ContactOrderField.CREATED_AT
        name = f"contacts.{order.field.name}.{order.direction.name}"
        key_type: Any = tuple[int] if is_by_id else tuple[str, int]
        page = read_page(first, after, last, before, key_type=key_type, order=name)
        rows = await list_contacts(
            info.context.pool,
            info.context.account_id,
            (filter or ContactFilter()).read(),
            page.window,
            sort_by=order.field.name,
            is_descending=order.direction is OrderDirection.DESC,
        )
        return make_connection(rows, page, Contact.from_row, lambda row: _find_key(row, order.field))


def _find_key(row: ContactRow, field: ContactOrderField) -> tuple[Any, ...]:
    keys: dict[ContactOrderField, tuple[Any, ...]] = {
        ContactOrderField.CREATED_AT: (row.id,),
        ContactOrderField.NAME: (row.name_key, row.id),
        ContactOrderField.EXTERNAL_ID: (row.external_id, row.id),
    }
    return keys[field]
