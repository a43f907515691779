"""A user: a person of the account."""

import datetime as dt

import strawberry

from api.breakdowns.types import register_entity
from api.context import Context
from api.enums import publish_enum
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.node_reports.types import UserReport
from api.nodes import Node
from api.pagination import Connection
from api.reports.queries import make_report_field
from api.users.loaders import make_user_loader
from tracking.accounts.models import Role
from tracking.accounts.queries import UserRow
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope

publish_enum(
    Role,
    "What a user may do. Each role has the scopes of an API key of the same rank.",
    {
        Role.ADMIN: "Everything: the scopes ADMIN, WRITE and READ.",
        Role.EDITOR: "Run campaigns: the scopes WRITE and READ.",
        Role.VIEWER: "Look: the scope READ.",
    },
)


@strawberry.type(description="A person of the account: may have sessions, and be the sharer of links.")
class User(Node):
    name: str = strawberry.field(description="For people.")
    external_id: str | None = strawberry.field(description="The brand's own id of this person; unique in the account.")
    role: Role = strawberry.field(description="What the person may do in a session.")
    created_at: dt.datetime = strawberry.field(description="When the account added this person.")
    archived_at: dt.datetime | None = strawberry.field(description="Since when no session of theirs opens anything.")
    row: strawberry.Private[UserRow]

    @classmethod
    def from_row(cls, row: UserRow) -> "User":
        return cls(
            id=encode_id("User", row.id),
            name=row.name,
            external_id=row.external_id,
            role=row.role,
            created_at=row.created_at,
            archived_at=row.archived_at,
            row=row,
        )

    report: UserReport = make_report_field(
        "What happened in a range on the links that this person is credited with.",
        UserReport,
        lambda user: Subject(Scope.SHARER, user.row.id),
    )

    history: Connection[HistoryEntry] = make_history_field(
        "User", "Who changed this person's name or role, when, and from what to what."
    )


async def load_user(context: Context, user_id: int | None) -> User | None:
    row = await context.loader(make_user_loader).load(user_id) if user_id else None
    return User.from_row(row) if row else None


async def require_user(context: Context, user_id: int) -> User:
    """For one that a mutation has just written."""
    user = await load_user(context, user_id)
    if user is None:
        raise LookupError("a user that was just there is gone")
    return user


register_entity("User", load_user)
