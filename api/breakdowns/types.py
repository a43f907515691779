"""A report part by part: each with its counts, in any order."""

import datetime as dt
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.metrics.types import Metrics
from api.pagination import Connection, OrderDirection
from api.scalars import CurrencyCode

if TYPE_CHECKING:
    from api.campaigns.types import Campaign
    from api.creatives.types import Creative
    from api.creators.types import Creator
    from api.links.types import Link
    from api.messages.types import Message
    from api.offers.types import Offer
    from api.users.types import User

LoadEntity: TypeAlias = Callable[[Context, int | None], Awaitable[Any]]
_entity_loaders: Final[dict[str, LoadEntity]] = {}


def register_entity(type_name: str, load: LoadEntity) -> None:
    """What parts can be about. Each noun says how it is found, as its report is broken down by others in turn."""
    _entity_loaders[type_name] = load


def find_entity_loader(type_name: str) -> LoadEntity:
    return _entity_loaders[type_name]


class BreakdownOrderField(StrEnum):
    TOTAL_CLICKS = "TOTAL_CLICKS"
    HUMAN_CLICKS = "HUMAN_CLICKS"
    SUSPECT_CLICKS = "SUSPECT_CLICKS"
    BOT_CLICKS = "BOT_CLICKS"
    PREVIEW_FETCHES = "PREVIEW_FETCHES"
    PREFETCHES = "PREFETCHES"
    TEST_CLICKS = "TEST_CLICKS"
    COUNTED_CLICKS = "COUNTED_CLICKS"
    UNIQUE_CLICKS = "UNIQUE_CLICKS"
    REPEAT_CLICKS = "REPEAT_CLICKS"
    BOT_RATE = "BOT_RATE"
    CONVERSIONS = "CONVERSIONS"
    CONVERSION_RATE = "CONVERSION_RATE"
    GROSS_VALUE = "GROSS_VALUE"
    REFUNDS = "REFUNDS"
    NET_VALUE = "NET_VALUE"
    PAYOUT = "PAYOUT"
    IMPRESSIONS = "IMPRESSIONS"


publish_enum(
    BreakdownOrderField,
    "What the parts of a breakdown are sorted by: any number of their metrics. What is null stands below or with 0.",
    {
        BreakdownOrderField.TOTAL_CLICKS: "`totalClicks`.",
        BreakdownOrderField.HUMAN_CLICKS: "`humanClicks`.",
        BreakdownOrderField.SUSPECT_CLICKS: "`suspectClicks`.",
        BreakdownOrderField.BOT_CLICKS: "`botClicks`.",
        BreakdownOrderField.PREVIEW_FETCHES: "`previewFetches`.",
        BreakdownOrderField.PREFETCHES: "`prefetches`.",
        BreakdownOrderField.TEST_CLICKS: "`testClicks`.",
        BreakdownOrderField.COUNTED_CLICKS: "`countedClicks`.",
        BreakdownOrderField.UNIQUE_CLICKS: "`uniqueClicks`.",
        BreakdownOrderField.REPEAT_CLICKS: "`repeatClicks`.",
        BreakdownOrderField.BOT_RATE: "`botRate`; what has no clicks is below all.",
        BreakdownOrderField.CONVERSIONS: "`conversions`.",
        BreakdownOrderField.CONVERSION_RATE: "`conversionRate`; what has no unique clicks is below all.",
        BreakdownOrderField.GROSS_VALUE: "`grossValue` in one currency.",
        BreakdownOrderField.REFUNDS: "`refunds` in one currency.",
        BreakdownOrderField.NET_VALUE: "`netValue` in one currency.",
        BreakdownOrderField.PAYOUT: "`payout` in one currency.",
        BreakdownOrderField.IMPRESSIONS: "`impressions`.",
    },
)


@strawberry.input(description="What parts are sorted by, and which end comes first. Ties stand in a fixed order.")
class BreakdownOrder:
    field: BreakdownOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Whose money is compared, as amounts of others cannot be; null: the account's."
    )


BreakdownEntity: TypeAlias = Annotated[
    Annotated["Campaign", strawberry.lazy("api.campaigns.types")]
    | Annotated["Creative", strawberry.lazy("api.creatives.types")]
    | Annotated["Creator", strawberry.lazy("api.creators.types")]
    | Annotated["Link", strawberry.lazy("api.links.types")]
    | Annotated["Message", strawberry.lazy("api.messages.types")]
    | Annotated["Offer", strawberry.lazy("api.offers.types")]
    | Annotated["User", strawberry.lazy("api.users.types")],
    strawberry.union("BreakdownEntity", description="What a part of a breakdown is about."),
]


@strawberry.type(description="A part of a report.")
class BreakdownNode:
    key: str = strawberry.field(
        description="Tells it from its siblings: the id of its entity, the number of a slot, or the text itself."
        " `(none)` is what belongs to none, such as the clicks on contacts' own links among links."
    )
    label: str = strawberry.field(description="For people.")
    metrics: Metrics = strawberry.field(description="Its counts in the range of the report.")
    entity: BreakdownEntity | None = strawberry.field(
        description="What it is about; null for `(none)`, and for what is a text or a number."
    )
    read_previous: strawberry.Private[Callable[[Context], Awaitable[Metrics | None]]]

    @strawberry.field(
        description="Its counts in the range that the report is compared with; null without `compareTo`. What had"
        " counts only there is no part."
    )
    async def previous(self, info: Info) -> Metrics | None:
        return await self.read_previous(info.context)


@strawberry.type(description="One page of the parts of a report.")
class BreakdownConnection(Connection[BreakdownNode]):
    as_of: dt.datetime = strawberry.field(
        description="What was received until then is in the parts. By what single clicks tell, such as the browser, it"
        " may be seconds before that of the report."
    )
