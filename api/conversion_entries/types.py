"""An entry of the ledger of a conversion: how it stood from a moment on."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.clicks.types import Click
from api.context import Info
from api.conversion_words import EntryCause, Method, StandingReason, Status, Trust
from api.money import Money
from api.receipts.types import load_click
from tracking.conversions.ledger import LedgerRow

if TYPE_CHECKING:
    from api.links.types import Link


@strawberry.type(
    description="How a conversion stood from a moment on. Entries are only ever added: none is changed or taken away."
)
class ConversionEntry:
    at: dt.datetime = strawberry.field(description="From when on.")
    cause: EntryCause = strawberry.field(description="What made it so.")
    status: Status = strawberry.field(description="How it stood.")
    reason: StandingReason = strawberry.field(description="Why.")
    trust: Trust = strawberry.field(description="How sure it was that the brand reported it.")
    method: Method = strawberry.field(description="By what it was credited.")
    value: Money | None = strawberry.field(description="What it was worth; negative for what takes back.")
    payout: Money | None = strawberry.field(description="What its offer paid for it.")
    is_counted: bool = strawberry.field(description="True: it was one of the `conversions` of reports.")
    row: strawberry.Private[LedgerRow]

    @classmethod
    def from_row(cls, row: LedgerRow) -> "ConversionEntry":
        return cls(
            at=row.at,
            cause=row.cause,
            status=row.status,
            reason=row.reason,
            trust=row.trust,
            method=row.method,
            value=Money.from_minor(row.value_minor, row.value_currency or ""),
            payout=Money.from_minor(row.payout_minor, row.payout_currency or ""),
            is_counted=row.is_counted,
            row=row,
        )

    @strawberry.field(description="The click that it was credited to; null for none, and when it is not kept any more.")
    async def click(self, info: Info) -> Click | None:
        return await load_click(info.context, self.row.click_id)

    @strawberry.field(description="The link that it was credited to.")
    async def link(self, info: Info) -> Annotated["Link", strawberry.lazy("api.links.types")] | None:
        from api.links.types import load_link  # noqa: PLC0415 -- as lazy as the type itself

        return await load_link(info.context, self.row.link_id)
