"""Sessions in which a brand's own people click without being counted."""

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound
from api.ids import read_optional_id
from api.permissions import IsWriter
from api.scalars import URL
from tracking.clicks.own_clicks import MAX_TEST_SESSION_S
from tracking.clicks.service import NewTestSession, create_test_session


@strawberry.input(description="Where and for how long somebody tries your links out.")
class CreateTestSessionInput:
    domain_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the tracking domain whose links are tried out; your default one when left out."
    )
    ttl_s: int = strawberry.field(
        default=MAX_TEST_SESSION_S, description="How long it lasts, in seconds: 1 to 43200, which is 12 hours."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=(
            "1 to 255 characters of your choice: a repeat with the same key and input answers the same address,"
            " even when it is over."
        ),
    )


@strawberry.type(description="The address begins the session.")
class CreateTestSessionSuccess:
    url: URL = strawberry.field(
        description=(
            "Open it in the browser that tests. Its clicks on your links on this domain are then of class TEST: kept,"
            " shown, and counted nowhere. Whoever opens it becomes a tester, so keep it among yourselves."
        )
    )
    expires_at: dt.datetime = strawberry.field(description="When clicks of that browser count again.")


CreateTestSessionResult: TypeAlias = Annotated[
    CreateTestSessionSuccess | InvalidInput | NotFound | Archived | IdempotencyConflict,
    strawberry.union("CreateTestSessionResult", description="How it went."),
]


@strawberry.type
class ClickMutation:
    @strawberry.mutation(
        description=(
            "An address that makes the browser which opens it a tester: for your own people, before and while a"
            " campaign runs. To make every click on one link a test, set `isTest` of the link."
        ),
        permission_classes=[IsWriter],
    )
    async def create_test_session(
        self,
        info: Info,
        given: Annotated[CreateTestSessionInput, strawberry.argument(name="input", description="Where, how long.")],
    ) -> CreateTestSessionResult:
        domain_id = read_optional_id(given.domain_id, "TrackingDomain")
        session = await create_test_session(
            info.context.account_id,
            NewTestSession(domain_id, given.ttl_s),
            info.context.settings,
            idempotency_key=given.idempotency_key,
        )
        return CreateTestSessionSuccess(url=URL(session.url), expires_at=session.expires_at)
