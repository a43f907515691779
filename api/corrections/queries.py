"""Root fields about corrections."""

from enum import StrEnum
from typing import Annotated

import strawberry

from api.context import Context, Info
from api.corrections.types import Correction, load_correction
from api.enums import publish_enum
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from tracking.bots.corrections.models import CorrectionKind, CorrectionStatus
from tracking.bots.corrections.queries import CorrectionFilter as WantedCorrections
from tracking.bots.corrections.queries import list_corrections


@strawberry.input(description="Which corrections. What is left out or null restricts nothing.")
class CorrectionFilter:
    kinds: list[CorrectionKind] | None = strawberry.field(default=None, description="Of any of these kinds.")
    statuses: list[CorrectionStatus] | None = strawberry.field(default=None, description="As far as any of these.")
    is_dry_run: bool | None = strawberry.field(default=None, description="Dry runs, or those that are none.")


class CorrectionOrderField(StrEnum):
    REQUESTED_AT = "REQUESTED_AT"


publish_enum(
    CorrectionOrderField,
    "What corrections are sorted by.",
    {CorrectionOrderField.REQUESTED_AT: "When they were asked for."},
)


@strawberry.input(description="What corrections are sorted by, and which end comes first.")
class CorrectionOrder:
    field: CorrectionOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")


async def find_correction(context: Context, key: str) -> Correction | None:
    return await load_correction(context, read_key(key))


register_node("Correction", find_correction)


@strawberry.type
class CorrectionQuery:
    @strawberry.field(
        description="What was corrected of stored clicks, or tried out.",
        permission_classes=[IsReader],
    )
    async def corrections(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            CorrectionFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        order_by: Annotated[
            CorrectionOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Correction]:
        direction = order_by.direction if order_by else OrderDirection.DESC
        page = read_page(first, after, last, before, key_type=tuple[int], order=f"corrections.{direction.name}")
        wanted = WantedCorrections(filter.kinds, filter.statuses, filter.is_dry_run) if filter else WantedCorrections()
        rows = await list_corrections(
            info.context.pool,
            info.context.account_id,
            wanted,
            page.window,
            is_descending=direction is OrderDirection.DESC,
        )
        return make_connection(rows, page, Correction.from_row, lambda row: (row.id,))
