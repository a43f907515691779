"""Mutations of how conversions are reported from pages."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.context import Info
from api.conversion_tracking.types import ConversionTracking, load_conversion_tracking
from api.errors import InvalidInput
from api.permissions import IsAdmin
from tracking.accounts.rules import MAX_ORIGINS
from tracking.snippets.service import set_snippet_origins


@strawberry.input(description="What to change of how conversions are reported from pages.")
class UpdateConversionTrackingInput:
    snippet_origins: list[str] = strawberry.field(
        description=f"Whose pages may report with a snippet key: all of them, at most {MAX_ORIGINS}, as scheme, host"
        " and port as browsers send them. An empty list: any page."
    )


@strawberry.type(description="It holds; redirectors follow within a second.")
class UpdateConversionTrackingSuccess:
    conversion_tracking: ConversionTracking = strawberry.field(description="As it is now.")


UpdateConversionTrackingResult: TypeAlias = Annotated[
    UpdateConversionTrackingSuccess | InvalidInput,
    strawberry.union("UpdateConversionTrackingResult", description="How it went."),
]


@strawberry.type
class ConversionTrackingMutation:
    @strawberry.mutation(
        description="Change whose pages may report conversions with a snippet key.", permission_classes=[IsAdmin]
    )
    async def update_conversion_tracking(
        self,
        info: Info,
        given: Annotated[UpdateConversionTrackingInput, strawberry.argument(name="input", description="What.")],
    ) -> UpdateConversionTrackingResult:
        account = await set_snippet_origins(info.context.account_id, given.snippet_origins)
        await tell_redirectors(info.context)
        return UpdateConversionTrackingSuccess(
            conversion_tracking=await load_conversion_tracking(info.context, account)
        )
