"""A line of history: who changed what, when, from what to what."""

import datetime as dt
import json
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.api_keys.loaders import make_api_key_loader
from api.context import Info
from api.enums import publish_enum
from tracking.history.models import ActorKind
from tracking.history.queries import HistoryRow

if TYPE_CHECKING:
    from api.creators.types import Creator
    from api.users.types import User

publish_enum(
    ActorKind,
    "What kind of credential somebody acted with.",
    {
        ActorKind.API_KEY: "An API key: a program of the brand.",
        ActorKind.USER: "A session of a user of the account.",
        ActorKind.CREATOR: "A session of a creator.",
        ActorKind.SYSTEM: "No credential: the service itself.",
    },
)


@strawberry.enum(description="What history is sorted by.")
class HistoryOrder(Enum):
    NEWEST_FIRST = strawberry.enum_value("NEWEST_FIRST", description="The last change first.")
    OLDEST_FIRST = strawberry.enum_value("OLDEST_FIRST", description="The first change first.")


@strawberry.type(description="Who made a change.")
class HistoryActor:
    kind: ActorKind = strawberry.field(description="What kind of credential it was.")
    actor_id: strawberry.Private[int | None]

    @strawberry.field(description="The user; null for others.")
    async def user(self, info: Info) -> Annotated["User", strawberry.lazy("api.users.types")] | None:
        from api.users.types import load_user  # noqa: PLC0415 -- users have history, and history has users

        return await load_user(info.context, self.actor_id) if self.kind is ActorKind.USER else None

    @strawberry.field(description="The creator; null for others.")
    async def creator(self, info: Info) -> Annotated["Creator", strawberry.lazy("api.creators.types")] | None:
        from api.creators.types import load_creator  # noqa: PLC0415 -- creators have links, and links have history

        return await load_creator(info.context, self.actor_id) if self.kind is ActorKind.CREATOR else None

    @strawberry.field(description="The name of the API key; null for others.")
    async def api_key_name(self, info: Info) -> str | None:
        if self.kind is not ActorKind.API_KEY or self.actor_id is None:
            return None
        row = await info.context.loader(make_api_key_loader).load(self.actor_id)
        return row.name if row else None

    @strawberry.field(description="What the API key begins with, which names it and opens nothing; null for others.")
    async def api_key_prefix(self, info: Info) -> str | None:
        if self.kind is not ActorKind.API_KEY or self.actor_id is None:
            return None
        row = await info.context.loader(make_api_key_loader).load(self.actor_id)
        return row.prefix if row else None


@strawberry.type(description="One field before and after.")
class HistoryChange:
    field: str = strawberry.field(description="The name of what changed, as in the graph.")
    before: str | None = strawberry.field(
        description="As it was: text as it is, anything else as JSON; null for nothing."
    )
    after: str | None = strawberry.field(description="As it became, in the same form.")


@strawberry.type(description="One change: who made it, when, and of what.")
class HistoryEntry:
    at: dt.datetime = strawberry.field(description="When it was made.")
    action: str = strawberry.field(
        description="What was done: a verb such as CREATED, UPDATED or ARCHIVED. More may come."
    )
    actor: HistoryActor = strawberry.field(description="Who made it.")
    changes: list[HistoryChange] = strawberry.field(description="What is other than before, by the name of the field.")

    @classmethod
    def from_row(cls, row: HistoryRow) -> "HistoryEntry":
        return cls(
            at=row.at,
            action=row.action,
            actor=HistoryActor(kind=row.actor_kind, actor_id=row.actor_id),
            changes=list(_list_changes(row.before, row.after)),
        )


def _list_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[HistoryChange]:
    names = sorted({*before, *after})
    return [HistoryChange(field=name, before=_write(before.get(name)), after=_write(after.get(name))) for name in names]


def _write(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
