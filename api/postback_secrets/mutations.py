"""Mutations of postback secrets."""

from typing import Annotated, TypeAlias

import strawberry

from api.context import Context, Info
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import MAKES_NO_SECOND_ONE
from api.ids import read_id, read_key
from api.nodes import register_node
from api.permissions import IsAdmin
from api.postback_secrets.types import PostbackSecret, load_postback_secret, require_postback_secret
from tracking.offers.postback_secrets import create_postback_secret, revoke_postback_secret


async def find_postback_secret(context: Context, key: str) -> PostbackSecret | None:
    return await load_postback_secret(context, read_key(key))


register_node("PostbackSecret", find_postback_secret)


@strawberry.input(description="A new postback secret.")
class CreatePostbackSecretInput:
    offer_id: strawberry.ID = strawberry.field(description="Of the offer that it is for. Two of an offer may be live.")
    idempotency_key: str | None = strawberry.field(default=None, description=MAKES_NO_SECOND_ONE)


@strawberry.type(description="The secret is live.")
class CreatePostbackSecretSuccess:
    postback_secret: PostbackSecret = strawberry.field(
        description="The new secret, or that of the first call with the same key."
    )
    secret: str | None = strawberry.field(
        description="All of it. It is shown once and stored nowhere, so a repeat answers null: if the first answer was"
        " lost, revoke the secret and create another."
    )


@strawberry.input(description="A secret to end.")
class RevokePostbackSecretInput:
    id: strawberry.ID = strawberry.field(description="Of the postback secret.")


@strawberry.type(description="The secret opens nothing any more, from the next request on.")
class RevokePostbackSecretSuccess:
    postback_secret: PostbackSecret = strawberry.field(description="As it is now.")


CreatePostbackSecretResult: TypeAlias = Annotated[
    CreatePostbackSecretSuccess | InvalidInput | NotFound | Archived | IdempotencyConflict,
    strawberry.union("CreatePostbackSecretResult", description="How it went."),
]
RevokePostbackSecretResult: TypeAlias = Annotated[
    RevokePostbackSecretSuccess | NotFound,
    strawberry.union("RevokePostbackSecretResult", description="How it went."),
]


@strawberry.type
class PostbackSecretMutation:
    @strawberry.mutation(
        description="Make a secret for an offer. To replace one, make the second, put it to use, and revoke the first.",
        permission_classes=[IsAdmin],
    )
    async def create_postback_secret(
        self,
        info: Info,
        given: Annotated[CreatePostbackSecretInput, strawberry.argument(name="input", description="It.")],
    ) -> CreatePostbackSecretResult:
        offer_id = read_id(given.offer_id, "Offer")
        made = await create_postback_secret(info.context.account_id, offer_id, idempotency_key=given.idempotency_key)
        row = await require_postback_secret(info.context, made.secret_id)
        return CreatePostbackSecretSuccess(postback_secret=row, secret=made.token)

    @strawberry.mutation(
        description="End a postback secret for good. Doing it again changes nothing.", permission_classes=[IsAdmin]
    )
    async def revoke_postback_secret(
        self,
        info: Info,
        given: Annotated[RevokePostbackSecretInput, strawberry.argument(name="input", description="Which.")],
    ) -> RevokePostbackSecretResult:
        row = await revoke_postback_secret(info.context.account_id, read_id(given.id, "PostbackSecret"))
        return RevokePostbackSecretSuccess(postback_secret=await require_postback_secret(info.context, row.id))
