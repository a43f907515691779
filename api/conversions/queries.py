"""Root fields about conversions."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import strawberry

from api.context import Context, Info
from api.conversion_words import ConversionKind, Method, Status, Trust
from api.conversions.loaders import make_conversion_loader
from api.conversions.types import Conversion
from api.enums import publish_enum
from api.ids import read_ids, read_uuid_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.permissions import IsReader
from tracking.conversions.filters import ConversionFilter as WantedConversions
from tracking.conversions.listing import ConversionPage, StoredConversion, list_conversions


@strawberry.input(
    description="Which conversions: those for which all of this holds. Of a list any value will do. What is left out or"
    " null restricts nothing."
)
class ConversionFilter:
    is_in_inbox: bool | None = strawberry.field(
        default=None,
        description="What somebody should look at: all but APPROVED and VOIDED ones; or with false just those.",
    )
    statuses: list[Status] | None = strawberry.field(default=None, description="With any of these statuses.")
    kinds: list[ConversionKind] | None = strawberry.field(default=None, description="Of any of these kinds.")
    events: list[str] | None = strawberry.field(default=None, description="With any of these events, in any case.")
    txn_ids: list[str] | None = strawberry.field(default=None, description="Of any of these orders, to the letter.")
    methods: list[Method] | None = strawberry.field(default=None, description="Credited in any of these ways.")
    trusts: list[Trust] | None = strawberry.field(default=None, description="With any of these grades of trust.")
    link_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these links.")
    campaign_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these campaigns.")
    creator_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these creators.")
    offer_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these offers.")
    occurred_from: dt.datetime | None = strawberry.field(default=None, description="At this moment or later.")
    occurred_to: dt.datetime | None = strawberry.field(default=None, description="Before this moment.")
    recorded_from: dt.datetime | None = strawberry.field(
        default=None, description="Stored at this moment or later: what is new since one last asked."
    )
    recorded_to: dt.datetime | None = strawberry.field(default=None, description="Stored before this moment.")

    def read(self) -> WantedConversions:
        return WantedConversions(
            is_in_inbox=self.is_in_inbox,
            statuses=self.statuses,
            kinds=self.kinds,
            events=self.events,
            txn_ids=self.txn_ids,
            methods=self.methods,
            trusts=self.trusts,
            link_ids=read_ids(self.link_ids, "Link"),
            campaign_ids=read_ids(self.campaign_ids, "Campaign"),
            creator_ids=read_ids(self.creator_ids, "Creator"),
            offer_ids=read_ids(self.offer_ids, "Offer"),
            occurred_from=self.occurred_from,
            occurred_to=self.occurred_to,
            recorded_from=self.recorded_from,
            recorded_to=self.recorded_to,
        )


class ConversionOrderField(StrEnum):
    OCCURRED_AT = "OCCURRED_AT"
    RECORDED_AT = "RECORDED_AT"


publish_enum(
    ConversionOrderField,
    "What conversions are sorted by.",
    {
        ConversionOrderField.OCCURRED_AT: "When they happened.",
        ConversionOrderField.RECORDED_AT: "When they were stored, however late they were reported.",
    },
)


@strawberry.input(description="What conversions are sorted by, and which end comes first.")
class ConversionOrder:
    field: ConversionOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")


Filter: TypeAlias = Annotated[
    ConversionFilter | None, strawberry.argument(description="Which ones; all when left out.")
]
_KEY_TYPE: Final[Any] = tuple[dt.datetime, UUID]


async def find_conversion(context: Context, key: str) -> Conversion | None:
    conversion_id = read_uuid_key(key)
    row = await context.loader(make_conversion_loader).load(conversion_id) if conversion_id else None
    return Conversion.from_row(row) if row else None


register_node("Conversion", find_conversion)


def _find_key(row: StoredConversion, field: ConversionOrderField) -> tuple[dt.datetime, UUID]:
    return (row.occurred_at if field is ConversionOrderField.OCCURRED_AT else row.recorded_at, row.id)


@strawberry.type
class ConversionQuery:
    @strawberry.field(
        description="Single conversions, those that do not count too. Sums come from reports.",
        permission_classes=[IsReader],
    )
    async def conversions(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Annotated[
            ConversionOrder | None,
            strawberry.argument(description="What comes first; the last that happened when left out."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Conversion]:
        order = order_by or ConversionOrder(field=ConversionOrderField.OCCURRED_AT)
        name = f"conversions.{order.field.name}.{order.direction.name}"
        page = read_page(first, after, last, before, key_type=_KEY_TYPE, order=name)
        wanted = ConversionPage(
            (filter or ConversionFilter()).read(),
            page.window,
            order.field.name,
            order.direction is OrderDirection.DESC,
        )
        rows = await list_conversions(info.context.pool, info.context.account_id, wanted)
        return make_connection(rows, page, Conversion.from_row, lambda row: _find_key(row, order.field))
