"""Root fields about users."""

from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from api.users.types import User, load_user
from tracking.accounts.models import Role
from tracking.accounts.queries import UserFilter as WantedUsers
from tracking.accounts.queries import UserRow, list_users


@strawberry.input(description="Which users. What is left out or null restricts nothing.")
class UserFilter:
    search: str | None = strawberry.field(
        default=None, description="Whose name or external id holds this, in any case."
    )
    external_ids: list[str] | None = strawberry.field(default=None, description="With any of these external ids.")
    roles: list[Role] | None = strawberry.field(default=None, description="With any of these roles.")
    is_archived: bool | None = strawberry.field(
        default=False, description="True: archived ones. False or left out: those who are not. Null: both."
    )

    def read(self) -> WantedUsers:
        return WantedUsers(self.search, self.external_ids, self.roles, self.is_archived)


class UserOrderField(StrEnum):
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"


publish_enum(
    UserOrderField,
    "What users are sorted by.",
    {UserOrderField.NAME: "Their name, in any case.", UserOrderField.CREATED_AT: "When they were added."},
)


@strawberry.input(description="What users are sorted by, and which end comes first.")
class UserOrder:
    field: UserOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="What comes first.")


Filter: TypeAlias = Annotated[
    UserFilter | None, strawberry.argument(description="Which ones; those who are not archived when left out.")
]
Order: TypeAlias = Annotated[
    UserOrder | None, strawberry.argument(description="What comes first; by name if left out.")
]


async def find_user(context: Context, key: str) -> User | None:
    return await load_user(context, read_key(key))


register_node("User", find_user)


@strawberry.type
class UserQuery:
    @strawberry.field(description="The people of the account.", permission_classes=[IsReader])
    async def users(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[User]:
        order = order_by or UserOrder(field=UserOrderField.NAME)
        by_name = order.field is UserOrderField.NAME
        key_type: Any = tuple[str, int] if by_name else tuple[int]
        name = f"users.{order.field.name}.{order.direction.name}"
        page = read_page(first, after, last, before, key_type=key_type, order=name)
        rows = await list_users(
            info.context.pool,
            info.context.account_id,
            WantedUsers(is_archived=False) if filter is None else filter.read(),
            page.window,
            by_name=by_name,
            is_descending=order.direction is OrderDirection.DESC,
        )
        return make_connection(rows, page, User.from_row, lambda row: _find_key(row, by_name=by_name))


def _find_key(row: UserRow, *, by_name: bool) -> tuple[Any, ...]:
    return (row.sort_key, row.id) if by_name else (row.id,)
