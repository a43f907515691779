"""An API key, without what it opens with."""

import datetime as dt

import strawberry

from api.api_keys.loaders import make_api_key_loader
from api.context import Context
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.nodes import Node
from api.pagination import Connection
from tracking.accounts.models import Scope
from tracking.accounts.queries import ApiKeyRow


@strawberry.type(description="What programs of the brand send to be let in. Only whoever may ADMIN sees it.")
class ApiKey(Node):
    name: str = strawberry.field(description="For people: such as the program that uses it.")
    prefix: str = strawberry.field(
        description="What follows `ct_live_` in the key: it names the key, and opens nothing."
    )
    scopes: list[Scope] = strawberry.field(description="What it was given. A wider scope includes the narrower ones.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    last_used_at: dt.datetime | None = strawberry.field(description="When it opened something last, to the minute.")
    expires_at: dt.datetime | None = strawberry.field(description="When it ends by itself; null: never.")
    is_expired: bool = strawberry.field(description="True when it has ended by itself.")
    revoked_at: dt.datetime | None = strawberry.field(description="Since when it opens nothing; null: not revoked.")
    row: strawberry.Private[ApiKeyRow]

    @classmethod
    def from_row(cls, row: ApiKeyRow) -> "ApiKey":
        return cls(
            id=encode_id("ApiKey", row.id),
            name=row.name,
            prefix=row.prefix,
            scopes=row.scopes,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            is_expired=row.is_expired,
            revoked_at=row.revoked_at,
            row=row,
        )

    history: Connection[HistoryEntry] = make_history_field("ApiKey", "Who made and who revoked it, and when.")


async def load_api_key(context: Context, key_id: int | None) -> ApiKey | None:
    """None too for whoever may not ADMIN: keys are told to nobody else."""
    if key_id is None or Scope.ADMIN not in context.viewer.scopes:
        return None
    row = await context.loader(make_api_key_loader).load(key_id)
    return ApiKey.from_row(row) if row else None
