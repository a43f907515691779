"""A signing key, without what it signs with."""

import datetime as dt

import strawberry

from api.context import Context
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.nodes import Node
from api.pagination import Connection
from api.signing_keys.loaders import make_signing_key_loader
from tracking.accounts.models import Scope
from tracking.offers.secret_listing import SigningKeyRow


@strawberry.type(
    description="A key with which servers of the brand sign. Two may be live at once. Only whoever may ADMIN sees it."
)
class SigningKey(Node):
    key_name: str = strawberry.field(
        description="What follows `ct_sign_` in the key: it names the key beside a signature, and signs nothing."
    )
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    revoked_at: dt.datetime | None = strawberry.field(description="Since when it proves nothing; null: it is live.")
    row: strawberry.Private[SigningKeyRow]

    @classmethod
    def from_row(cls, row: SigningKeyRow) -> "SigningKey":
        return cls(
            id=encode_id("SigningKey", row.id),
            key_name=row.key_name,
            created_at=row.created_at,
            revoked_at=row.revoked_at,
            row=row,
        )

    history: Connection[HistoryEntry] = make_history_field("SigningKey", "Who made and revoked it, and when.")


async def load_signing_key(context: Context, key_id: int | None) -> SigningKey | None:
    """None too for whoever may not ADMIN."""
    if key_id is None or Scope.ADMIN not in context.viewer.scopes:
        return None
    row = await context.loader(make_signing_key_loader).load(key_id)
    return SigningKey.from_row(row) if row else None


async def require_signing_key(context: Context, key_id: int) -> SigningKey:
    key = await load_signing_key(context, key_id)
    if key is None:
        raise LookupError("a signing key that was just there is gone")
    return key
