"""Root fields about signing keys."""

import strawberry

from api.context import Context, Info
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsAdmin
from api.signing_keys.types import SigningKey, load_signing_key
from tracking.offers.secret_listing import list_signing_keys


async def find_signing_key(context: Context, key: str) -> SigningKey | None:
    return await load_signing_key(context, read_key(key))


register_node("SigningKey", find_signing_key)


@strawberry.type
class SigningKeyQuery:
    @strawberry.field(
        description="The account's signing keys, the newest first, also those that are revoked.",
        permission_classes=[IsAdmin],
    )
    async def signing_keys(
        self, info: Info, *, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[SigningKey]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="signingKeys")
        rows = await list_signing_keys(info.context.pool, info.context.account_id, page.window)
        return make_connection(rows, page, SigningKey.from_row, lambda row: (row.id,))
