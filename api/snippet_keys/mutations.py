"""Mutations of snippet keys."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.context import Context, Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import MAKES_NO_SECOND_ONE
from api.ids import read_id, read_key
from api.nodes import register_node
from api.permissions import IsAdmin
from api.snippet_keys.types import SnippetKey, load_snippet_key, require_snippet_key
from tracking.snippets.service import create_snippet_key, revoke_snippet_key


async def find_snippet_key(context: Context, key: str) -> SnippetKey | None:
    return await load_snippet_key(context, read_key(key))


register_node("SnippetKey", find_snippet_key)


@strawberry.input(description="A new snippet key.")
class CreateSnippetKeyInput:
    idempotency_key: str | None = strawberry.field(default=None, description=MAKES_NO_SECOND_ONE)


@strawberry.type(description="The key is live; redirectors know it within a second.")
class CreateSnippetKeySuccess:
    snippet_key: SnippetKey = strawberry.field(description="The new key, or that of the first call with the same key.")


@strawberry.input(description="A key to end.")
class RevokeSnippetKeyInput:
    id: strawberry.ID = strawberry.field(description="Of the snippet key.")


@strawberry.type(description="Nothing is taken with the key any more, as soon as redirectors know: within a second.")
class RevokeSnippetKeySuccess:
    snippet_key: SnippetKey = strawberry.field(description="As it is now.")


CreateSnippetKeyResult: TypeAlias = Annotated[
    CreateSnippetKeySuccess | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateSnippetKeyResult", description="How it went."),
]
RevokeSnippetKeyResult: TypeAlias = Annotated[
    RevokeSnippetKeySuccess | NotFound, strawberry.union("RevokeSnippetKeyResult", description="How it went.")
]


@strawberry.type
class SnippetKeyMutation:
    @strawberry.mutation(
        description="Make a key for the snippets. To replace one, make the second, put it into all pages, and revoke"
        " the first.",
        permission_classes=[IsAdmin],
    )
    async def create_snippet_key(
        self, info: Info, given: Annotated[CreateSnippetKeyInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateSnippetKeyResult:
        context = info.context
        key_id = await create_snippet_key(context.account_id, idempotency_key=given.idempotency_key)
        await tell_redirectors(context)
        return CreateSnippetKeySuccess(snippet_key=await require_snippet_key(context, key_id))

    @strawberry.mutation(
        description="End a snippet key for good. Doing it again changes nothing.", permission_classes=[IsAdmin]
    )
    async def revoke_snippet_key(
        self,
        info: Info,
        given: Annotated[RevokeSnippetKeyInput, strawberry.argument(name="input", description="Which.")],
    ) -> RevokeSnippetKeyResult:
        row = await revoke_snippet_key(info.context.account_id, read_id(given.id, "SnippetKey"))
        await tell_redirectors(info.context)
        return RevokeSnippetKeySuccess(snippet_key=await require_snippet_key(info.context, row.id))
