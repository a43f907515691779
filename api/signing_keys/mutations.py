"""Mutations of signing keys."""

from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import MAKES_NO_SECOND_ONE
from api.ids import read_id
from api.permissions import IsAdmin
from api.signing_keys.types import SigningKey, require_signing_key
from tracking.offers.signing_keys import create_signing_key, revoke_signing_key


@strawberry.input(description="A new signing key.")
class CreateSigningKeyInput:
    idempotency_key: str | None = strawberry.field(default=None, description=MAKES_NO_SECOND_ONE)


@strawberry.type(description="The key is live.")
class CreateSigningKeySuccess:
    signing_key: SigningKey = strawberry.field(description="The new key, or that of the first call with the same key.")
    secret: str | None = strawberry.field(
        description="All of it. It is shown once, so a repeat answers null: if the first answer was lost, revoke the"
        " key and create another."
    )


@strawberry.input(description="A key to end.")
class RevokeSigningKeyInput:
    id: strawberry.ID = strawberry.field(description="Of the signing key.")


@strawberry.type(description="What the key signs proves nothing any more, and the key itself is forgotten.")
class RevokeSigningKeySuccess:
    signing_key: SigningKey = strawberry.field(description="As it is now.")


CreateSigningKeyResult: TypeAlias = Annotated[
    CreateSigningKeySuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateSigningKeyResult", description="How it went."),
]
RevokeSigningKeyResult: TypeAlias = Annotated[
    RevokeSigningKeySuccess | NotFound, strawberry.union("RevokeSigningKeyResult", description="How it went.")
]


@strawberry.type
class SigningKeyMutation:
    @strawberry.mutation(
        description="Make a key to sign with. To replace one, make the second, put it to use, and revoke the first.",
        permission_classes=[IsAdmin],
    )
    async def create_signing_key(
        self, info: Info, given: Annotated[CreateSigningKeyInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateSigningKeyResult:
        context = info.context
        made = await create_signing_key(
            context.account_id, context.settings.secrets_keys, idempotency_key=given.idempotency_key
        )
        row = await require_signing_key(context, made.signing_key_id)
        return CreateSigningKeySuccess(signing_key=row, secret=made.token)

    @strawberry.mutation(
        description="End a signing key for good. Doing it again changes nothing.", permission_classes=[IsAdmin]
    )
    async def revoke_signing_key(
        self,
        info: Info,
        given: Annotated[RevokeSigningKeyInput, strawberry.argument(name="input", description="Which.")],
    ) -> RevokeSigningKeyResult:
        row = await revoke_signing_key(info.context.account_id, read_id(given.id, "SigningKey"))
        return RevokeSigningKeySuccess(signing_key=await require_signing_key(info.context, row.id))
