"""A postback secret, without what it opens with."""

import datetime as dt

import strawberry

from api.context import Context
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.nodes import Node
from api.pagination import Connection
from api.postback_secrets.loaders import make_postback_secret_loader
from tracking.offers.secret_listing import PostbackSecretRow


@strawberry.type(description="A secret of an offer, for those who report what was bought. Two may be live at once.")
class PostbackSecret(Node):
    prefix: str = strawberry.field(
        description="What follows `ct_post_` in the secret: it names the secret, and opens nothing."
    )
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    last_used_at: dt.datetime | None = strawberry.field(description="When it was used last, to the minute.")
    revoked_at: dt.datetime | None = strawberry.field(description="Since when it opens nothing; null: it is live.")
    row: strawberry.Private[PostbackSecretRow]

    @classmethod
    def from_row(cls, row: PostbackSecretRow) -> "PostbackSecret":
        return cls(
            id=encode_id("PostbackSecret", row.id),
            prefix=row.prefix,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
            row=row,
        )

    history: Connection[HistoryEntry] = make_history_field("PostbackSecret", "Who made and revoked it, and when.")


async def load_postback_secret(context: Context, secret_id: int | None) -> PostbackSecret | None:
    row = await context.loader(make_postback_secret_loader).load(secret_id) if secret_id else None
    return PostbackSecret.from_row(row) if row else None


async def require_postback_secret(context: Context, secret_id: int) -> PostbackSecret:
    secret = await load_postback_secret(context, secret_id)
    if secret is None:
        raise LookupError("a postback secret that was just there is gone")
    return secret
