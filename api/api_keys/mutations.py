"""Mutations of API keys."""

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from api.api_keys.types import ApiKey, load_api_key
from api.context import Context, Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import MAKES_NO_SECOND_ONE
from api.ids import read_id
from api.permissions import IsAdmin
from tracking.accounts.models import Scope
from tracking.accounts.service import WantedApiKey, create_api_key_once, revoke_api_key


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="For people, 1 to 200 characters: such as the program that will use it.")
    scopes: list[Scope] = strawberry.field(description="What it may do; a wider scope includes the narrower ones.")
    expires_at: dt.datetime | None = strawberry.field(default=None, description="When it ends by itself; null: never.")
    idempotency_key: str | None = strawberry.field(default=None, description=MAKES_NO_SECOND_ONE)


@strawberry.type(description="The key opens the account from now on.")
class CreateApiKeySuccess:
    api_key: ApiKey = strawberry.field(description="The new key, or that of the first call with the same key.")
    token: str | None = strawberry.field(
        description="What to send as `Authorization: Bearer …`. It is shown once and stored nowhere, so a repeat"
        " answers null: if the first answer was lost, revoke the key and create another."
    )


@strawberry.input(description="A key to end.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="Of the key.")


@strawberry.type(description="The key opens nothing any more; within a second, what it had opened is closed.")
class RevokeApiKeySuccess:
    api_key: ApiKey = strawberry.field(description="As it is now.")


CreateApiKeyResult: TypeAlias = Annotated[
    CreateApiKeySuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateApiKeyResult", description="How it went."),
]
RevokeApiKeyResult: TypeAlias = Annotated[
    RevokeApiKeySuccess | InvalidInput | NotFound, strawberry.union("RevokeApiKeyResult", description="How it went.")
]


@strawberry.type
class ApiKeyMutation:
    @strawberry.mutation(
        description="Create an API key. It is for programs: browsers get a session token.", permission_classes=[IsAdmin]
    )
    async def create_api_key(
        self, info: Info, given: Annotated[CreateApiKeyInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateApiKeyResult:
        wanted = WantedApiKey(given.name, frozenset(given.scopes), given.expires_at)
        made = await create_api_key_once(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        return CreateApiKeySuccess(api_key=await _require(info.context, made.key_id), token=made.token)

    @strawberry.mutation(
        description="End an API key for good, with all sessions that it made. The last key that may ADMIN stays. Doing"
        " it again changes nothing.",
        permission_classes=[IsAdmin],
    )
    async def revoke_api_key(
        self, info: Info, given: Annotated[RevokeApiKeyInput, strawberry.argument(name="input", description="Which.")]
    ) -> RevokeApiKeyResult:
        key_id = read_id(given.id, "ApiKey")
        await revoke_api_key(info.context.account_id, key_id)
        return RevokeApiKeySuccess(api_key=await _require(info.context, key_id))


async def _require(context: Context, key_id: int) -> ApiKey:
    key = await load_api_key(context, key_id)
    if key is None:
        raise LookupError("a key that was just there is gone")
    return key
