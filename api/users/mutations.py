"""Mutations of users."""

from typing import Annotated, Any, TypeAlias

import strawberry

from api.bulk import make_item
from api.context import Info
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound, UserError
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import UNKNOWN_KEY, read_id
from api.permissions import IsAdmin
from api.users.loaders import make_user_loader
from api.users.types import User, require_user
from tracking.accounts.models import Role
from tracking.accounts.rules import NewUser
from tracking.accounts.users import archive_user, create_users, update_user


@strawberry.input(description="A new user.")
class UserInput:
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    external_id: str | None = strawberry.field(default=None, description="Your own id of this person: unique.")
    role: Role = strawberry.field(default=Role.VIEWER, description="What the person may do in a session.")

    def read(self) -> NewUser:
        return NewUser(self.name, self.external_id, self.role)


@strawberry.input(description="New users.")
class CreateUsersInput:
    users: list[UserInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of one user of the call.")
class CreateUsersItem:
    index: int = strawberry.field(description="The place in the input, from 0.")
    ok: bool = strawberry.field(description="True when the user was created.")
    node: User | None = strawberry.field(description="The new user.")
    errors: list[UserError] = strawberry.field(description="Why not.")


@strawberry.type(description="Every user that could be created was; each item says what became of one.")
class CreateUsersSuccess:
    items: list[CreateUsersItem] = strawberry.field(description="In the order of the input.")


@strawberry.input(description="What of a user to change. What is left out stays.")
class UpdateUserInput:
    id: strawberry.ID = strawberry.field(description="Of the user.")
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="For people, 1 to 200 characters.")
    role: strawberry.Maybe[Role] = strawberry.field(default=None, description="What the person may do in a session.")

    def read_changes(self) -> dict[str, Any]:
        given = {"name": self.name, "role": self.role}
        return {name: each.value for name, each in given.items() if each is not None}


@strawberry.type(description="The user was changed. Open sessions follow with their next request.")
class UpdateUserSuccess:
    user: User = strawberry.field(description="As they are now.")


@strawberry.input(description="A user who leaves.")
class ArchiveUserInput:
    id: strawberry.ID = strawberry.field(description="Of the user.")


@strawberry.type(description="Sessions of the user open nothing any more. The links that they share stay theirs.")
class ArchiveUserSuccess:
    user: User = strawberry.field(description="As they are now.")


CreateUsersResult: TypeAlias = Annotated[
    CreateUsersSuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateUsersResult", description="How it went."),
]
UpdateUserResult: TypeAlias = Annotated[
    UpdateUserSuccess | InvalidInput | NotFound | Archived,
    strawberry.union("UpdateUserResult", description="How it went."),
]
ArchiveUserResult: TypeAlias = Annotated[
    ArchiveUserSuccess | NotFound, strawberry.union("ArchiveUserResult", description="How it went.")
]


@strawberry.type
class UserMutation:
    @strawberry.mutation(
        description="Create users. One who cannot be created does not hold up the others.",
        permission_classes=[IsAdmin],
    )
    async def create_users(
        self, info: Info, given: Annotated[CreateUsersInput, strawberry.argument(name="input", description="Whom.")]
    ) -> CreateUsersResult:
        wanted = [user.read() for user in given.users]
        outcomes = await create_users(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        created = [outcome.user_id for outcome in outcomes if outcome.user_id]
        rows = await info.context.loader(make_user_loader).load_many(created)
        nodes = {row.id: User.from_row(row) for row in rows if row}
        return CreateUsersSuccess(
            items=[
                make_item(CreateUsersItem, each.place, nodes.get(each.user_id or UNKNOWN_KEY), each.error)
                for each in outcomes
            ]
        )

    @strawberry.mutation(description="Change a user's name or role.", permission_classes=[IsAdmin])
    async def update_user(
        self, info: Info, given: Annotated[UpdateUserInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateUserResult:
        user_id = read_id(given.id, "User")
        await update_user(info.context.account_id, user_id, given.read_changes())
        return UpdateUserSuccess(user=await require_user(info.context, user_id))

    @strawberry.mutation(
        description="End all sessions of a user for good. Doing it again changes nothing.", permission_classes=[IsAdmin]
    )
    async def archive_user(
        self, info: Info, given: Annotated[ArchiveUserInput, strawberry.argument(name="input", description="Whom.")]
    ) -> ArchiveUserResult:
        user_id = read_id(given.id, "User")
        await archive_user(info.context.account_id, user_id)
        return ArchiveUserSuccess(user=await require_user(info.context, user_id))
