"""A publishable key of the snippets."""

import datetime as dt

import strawberry

from api.context import Context
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.nodes import Node
from api.pagination import Connection
from api.snippet_keys.loaders import make_snippet_key_loader
from tracking.snippets.queries import SnippetKeyRow


@strawberry.type(description="A key that stands in the snippets. It is no secret. Two may be live at once.")
class SnippetKey(Node):
    key: str = strawberry.field(description="All of it, as it stands in pages.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    revoked_at: dt.datetime | None = strawberry.field(
        description="Since when nothing is taken with it; null: it is live."
    )
    row: strawberry.Private[SnippetKeyRow]

    @classmethod
    def from_row(cls, row: SnippetKeyRow) -> "SnippetKey":
        return cls(
            id=encode_id("SnippetKey", row.id),
            key=row.key,
            created_at=row.created_at,
            revoked_at=row.revoked_at,
            row=row,
        )

    history: Connection[HistoryEntry] = make_history_field("SnippetKey", "Who made and revoked it, and when.")


async def load_snippet_key(context: Context, key_id: int | None) -> SnippetKey | None:
    row = await context.loader(make_snippet_key_loader).load(key_id) if key_id else None
    return SnippetKey.from_row(row) if row else None


async def require_snippet_key(context: Context, key_id: int) -> SnippetKey:
    key = await load_snippet_key(context, key_id)
    if key is None:
        raise LookupError("a snippet key that was just there is gone")
    return key
