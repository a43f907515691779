"""Sessions of users and creators in a browser."""

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound
from api.ids import read_optional_id
from api.permissions import IsServer, IsWriter
from tracking.accounts.sessions import MAX_TTL_S, NewSession, create_session


@strawberry.input(description="Whose session it is: give `userId` or `creatorId`.")
class CreateSessionTokenInput:
    user_id: strawberry.ID | None = strawberry.field(default=None, description="Of the user who signed in with you.")
    creator_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the creator who signed in with you, who sees nothing but what is theirs."
    )
    ttl_s: int = strawberry.field(default=MAX_TTL_S, description="How long it lasts, in seconds: 1 to 3600.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=(
            "1 to 255 characters of your choice: a repeat with the same key and input answers the same token,"
            " even when it is over."
        ),
    )


@strawberry.type(description="The token opens the graph until it ends.")
class CreateSessionTokenSuccess:
    token: str = strawberry.field(
        description="For `Authorization: Bearer <token>`, or for `connection_init` of a WebSocket. It is not stored."
    )
    expires_at: dt.datetime = strawberry.field(description="When it ends; never after the API key that issued it.")


CreateSessionTokenResult: TypeAlias = Annotated[
    CreateSessionTokenSuccess | InvalidInput | NotFound | Archived | IdempotencyConflict,
    strawberry.union("CreateSessionTokenResult", description="How it went."),
]


@strawberry.type
class SessionMutation:
    @strawberry.mutation(
        description=(
            "A token for the browser of one user or creator: the only credential that is meant for browsers. For"
            " servers with an API key; the token may do what the user's role and the key both allow, and ends when the"
            " key is revoked or the user archived."
        ),
        permission_classes=[IsWriter, IsServer],
    )
    async def create_session_token(
        self,
        info: Info,
        given: Annotated[CreateSessionTokenInput, strawberry.argument(name="input", description="Whose it is.")],
    ) -> CreateSessionTokenResult:
        wanted = NewSession(
            read_optional_id(given.user_id, "User"), read_optional_id(given.creator_id, "Creator"), given.ttl_s
        )
        context = info.context
        session = await create_session(
            context.viewer, wanted, context.settings.cookie_secret, idempotency_key=given.idempotency_key
        )
        return CreateSessionTokenSuccess(token=session.token, expires_at=session.expires_at)
