"""The root field about what other tools count."""

from typing import Annotated

import strawberry

from api.context import Info
from api.errors import refuse_input
from api.ids import read_optional_id
from api.permissions import IsReader
from api.reconciliations.types import ReconciledClicks
from api.reports.queries import RangeArgument, resolve_range
from api.reports.types import ResolvedRange
from tracking.errors import InvalidInputError
from tracking.reconciling.queries import Wanted, reconcile
from tracking.reconciling.rules import Definition


@strawberry.type
class ReconciliationQuery:
    @strawberry.field(
        description="Count kept clicks as another tool would have done, and say by what that differs from our unique"
        " clicks. At most 500,000 clicks and 20 seconds; a range that begins before the first kept click is an error.",
        permission_classes=[IsReader],
    )
    async def reconcile(
        self,
        info: Info,
        wanted: RangeArgument,
        definition: Annotated[Definition, strawberry.argument(description="How the other tool counts.")],
        *,
        campaign_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only of this campaign.")] = None,
        creator_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only of this creator.")] = None,
        link_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only of this link.")] = None,
    ) -> ReconciledClicks:
        context = info.context
        resolved = await resolve_range(context, wanted)
        asked = Wanted(
            definition,
            resolved.start,
            resolved.end,
            campaign_id=read_optional_id(campaign_id, "Campaign"),
            creator_id=read_optional_id(creator_id, "Creator"),
            link_id=read_optional_id(link_id, "Link"),
        )
        try:
            found, kept_from = await reconcile(context.pool, context.account_id, asked)
        except InvalidInputError as error:
            raise refuse_input(error.message) from error
        told = ResolvedRange(from_=resolved.start or kept_from, to=resolved.end)
        return ReconciledClicks.tell(found, definition, told)
