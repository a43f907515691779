"""Root fields about who asks."""

import strawberry

from api.accounts.loaders import make_account_loader
from api.accounts.types import Account, Viewer
from api.context import Context, Info
from api.ids import read_key
from api.nodes import register_node
from api.permissions import IsReader


async def find_account(context: Context, key: str) -> Account | None:
    account_id = read_key(key)
    row = await context.loader(make_account_loader).load(account_id) if account_id else None
    return Account.from_row(row) if row else None


register_node("Account", find_account)


@strawberry.type
class AccountQuery:
    @strawberry.field(description="Whose credential this is, and what it may do.", permission_classes=[IsReader])
    async def viewer(self, info: Info) -> Viewer:
        credential = info.context.viewer
        row = await info.context.loader(make_account_loader).load(credential.account_id)
        if row is None:
            raise LookupError("a credential without account")
        return Viewer(
            account=Account.from_row(row),
            role=credential.role,
            scopes=sorted(credential.scopes),
            expires_at=credential.expires_at,
            user_id=credential.user_id,
            creator_id=credential.creator_id,
        )
