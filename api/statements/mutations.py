"""Mutations of statements."""

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from api.accounts.loaders import find_zone
from api.context import Info
from api.errors import ErrorCode, IdempotencyConflict, InvalidInput, NotFound, Taken, UserError
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id
from api.permissions import IsAdmin
from api.reports.queries import read_date_range
from api.reports.types import DateRange
from api.scalars import BigInt
from api.statements.types import Statement, load_statement
from tracking.errors import InvalidInputError
from tracking.statements.service import Closing, NotCountedError, close_statement


@strawberry.input(description="A period to close.")
class CloseStatementInput:
    campaign_id: strawberry.ID = strawberry.field(description="Of the campaign.")
    period: DateRange = strawberry.field(
        description="Whole days that are over. It begins where the last statement ends; the first one, on any day."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The period is closed.")
class CloseStatementSuccess:
    statement: Statement = strawberry.field(description="The new one, or that of the first call with the same key.")


@strawberry.type(description="What was received of the period is not counted yet. The same call succeeds later.")
class NotCounted(UserError):  # noqa: N818 -- a type of the graph, which is not raised
    as_of: dt.datetime = strawberry.field(description="What was received until then is counted.")
    backlog: BigInt = strawberry.field(description="What is known to wait, as in reports.")


CloseStatementResult: TypeAlias = Annotated[
    CloseStatementSuccess | InvalidInput | NotFound | Taken | NotCounted | IdempotencyConflict,
    strawberry.union("CloseStatementResult", description="How it went."),
]


@strawberry.type
class StatementMutation:
    @strawberry.mutation(
        description="Close a period of a campaign, for ever: what it came to, by creator, with what had changed of the"
        " periods before. TAKEN says that another call closed one meanwhile.",
        permission_classes=[IsAdmin],
    )
    async def close_statement(
        self,
        info: Info,
        given: Annotated[CloseStatementInput, strawberry.argument(name="input", description="Which period.")],
    ) -> CloseStatementResult:
        context = info.context
        try:
            period = read_date_range(given.period, await find_zone(context))
        except InvalidInputError as error:
            raise InvalidInputError(error.message, ("period",)) from error
        wanted = Closing(read_id(given.campaign_id, "Campaign"), period)
        try:
            statement_id = await close_statement(
                context.pool, context.shards, context.account_id, wanted, idempotency_key=given.idempotency_key
            )
        except NotCountedError as error:
            return NotCounted(
                code=ErrorCode.NOT_READY,
                message=error.message,
                path=list(error.path),
                as_of=error.freshness.as_of,
                backlog=BigInt(error.freshness.backlog),
            )
        statement = await load_statement(context, statement_id)
        if statement is None:
            raise LookupError("a statement that was just there is gone")
        return CloseStatementSuccess(statement=statement)
