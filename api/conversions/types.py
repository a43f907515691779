"""A conversion: what somebody did whom a link brought, what it was worth, and whose it is."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.clicks.types import Click
from api.contacts.types import Contact, load_contact
from api.context import Info
from api.conversion_entries.types import ConversionEntry
from api.conversion_words import ConversionKind, Method, Proof, Source, StandingReason, Status, Trust
from api.conversions.loaders import (
    make_conversion_loader,
    make_entry_page_loader,
    make_order_corrections_loader,
    make_order_loader,
    make_receipt_loader,
    make_report_loader,
)
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.money import Money
from api.nodes import Node
from api.offers.types import Offer, load_offer
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.receipts.types import AttributionReceipt, load_click
from api.scalars import CurrencyCode
from api.users.types import User, load_user
from tracking.conversions.explanations import explain
from tracking.conversions.kinds import CORRECTIONS
from tracking.conversions.ledger import LedgerPage, ReportRow
from tracking.conversions.listing import StoredConversion

if TYPE_CHECKING:
    from api.campaigns.types import Campaign
    from api.creators.types import Creator
    from api.links.types import Link
    from api.messages.types import Message


@strawberry.type(description="One report of a conversion, to the letter. What it did not say is null.")
class ConversionReport:
    received_at: dt.datetime = strawberry.field(description="When it came in.")
    source: Source = strawberry.field(description="Through which door.")
    proof: Proof = strawberry.field(description="By what it proves that the brand sent it.")
    revenue: Decimal | None = strawberry.field(description="In major units and without sign.")
    currency: CurrencyCode | None = strawberry.field(
        description="Of the revenue; where it named none, the offer's is meant, else the account's."
    )
    occurred_at: dt.datetime | None = strawberry.field(description="When it says that it happened.")
    coupon: str | None = strawberry.field(description="The code that was used.")
    page_host: str | None = strawberry.field(description="Of the page that a browser reported it from.")

    @classmethod
    def from_row(cls, row: ReportRow) -> "ConversionReport":
        currency = CurrencyCode(row.currency) if row.currency else None
        return cls(**{**row._asdict(), "currency": currency})


@strawberry.type(
    description="What somebody did whom a link brought, as it was reported, and what became of it. What was reported "
    "never changes; how it stands may, and each time is an entry of `ledger`."
)
class Conversion(Node):
    event: str = strawberry.field(description="What happened, by the name that it was reported with, in lower case.")
    kind: ConversionKind = strawberry.field(description="What happened. A name of your own is CUSTOM.")
    txn_id: str | None = strawberry.field(description="Of the order; null where the click id is the key.")
    refund_id: str | None = strawberry.field(description="Of what takes back: its own id beside the order's.")
    status: Status = strawberry.field(description="How it stands. Reports count APPROVED ones alone.")
    reason: StandingReason = strawberry.field(description="Why it stands so.")
    explanation: str = strawberry.field(description="How it stands and why, in words.")
    trust: Trust = strawberry.field(description="How sure it is that the brand reported it.")
    source: Source = strawberry.field(description="Through which door the surest report of it came.")
    method: Method = strawberry.field(description="By what it is credited.")
    occurred_at: dt.datetime = strawberry.field(description="When it happened, as far as the report can be believed.")
    received_at: dt.datetime = strawberry.field(description="When its first report came in.")
    recorded_at: dt.datetime = strawberry.field(description="When it was stored.")
    value: Money | None = strawberry.field(
        description="What it is worth, negative for what takes back; null when nobody knows. In reports when APPROVED."
    )
    payout: Money | None = strawberry.field(description="What its offer pays for it; null for nothing.")
    is_counted: bool = strawberry.field(description="True: it is one of the `conversions` of reports.")
    row: strawberry.Private[StoredConversion]

    @classmethod
    def from_row(cls, row: StoredConversion) -> "Conversion":
        return cls(
            id=encode_id("Conversion", row.id),
            event=row.event,
            kind=row.kind,
            txn_id=row.txn_id,
            refund_id=row.part or None,
            status=row.status,
            reason=row.reason,
            explanation=explain(row),
            trust=row.trust,
            source=row.source,
            method=row.method,
            occurred_at=row.occurred_at,
            received_at=row.received_at,
            recorded_at=row.recorded_at,
            value=Money.from_minor(row.value_minor, row.value_currency or ""),
            payout=Money.from_minor(row.payout_minor, row.payout_currency or ""),
            is_counted=row.is_counted,
            row=row,
        )

    @strawberry.field(description="The click that earned it; null for none, and when it is not kept any more.")
    async def click(self, info: Info) -> Click | None:
        return await load_click(info.context, self.row.click_id)

    @strawberry.field(description="When the click happened that earned it: known also when the click is not kept.")
    def clicked_at(self) -> dt.datetime | None:
        return self.row.clicked_at

    @strawberry.field(description="The link that it is credited to.")
    async def link(self, info: Info) -> Annotated["Link", strawberry.lazy("api.links.types")] | None:
        from api.links.types import load_link  # noqa: PLC0415 -- links have clicks, and clicks conversions

        return await load_link(info.context, self.row.link_id)

    @strawberry.field(description="The campaign of the link.")
    async def campaign(self, info: Info) -> Annotated["Campaign", strawberry.lazy("api.campaigns.types")] | None:
        from api.campaigns.types import load_campaign  # noqa: PLC0415 -- campaigns have links, and so on

        return await load_campaign(info.context, self.row.campaign_id)

    @strawberry.field(description="The creator of the link.")
    async def creator(self, info: Info) -> Annotated["Creator", strawberry.lazy("api.creators.types")] | None:
        from api.creators.types import load_creator  # noqa: PLC0415 -- creators have links, and so on

        return await load_creator(info.context, self.row.creator_id)

    @strawberry.field(description="The message that the link was made for.")
    async def message(self, info: Info) -> Annotated["Message", strawberry.lazy("api.messages.types")] | None:
        from api.messages.types import load_message  # noqa: PLC0415 -- messages have links, and so on

        return await load_message(info.context, self.row.message_id)

    @strawberry.field(
        description="Whom the link was made for. Null on a link that is shared: visitors are not guessed."
    )
    async def contact(self, info: Info) -> Contact | None:
        return await load_contact(info.context, self.row.contact_id)

    @strawberry.field(description="What was sold.")
    async def offer(self, info: Info) -> Offer | None:
        return await load_offer(info.context, self.row.offer_id)

    @strawberry.field(description="The user who is credited for it.")
    async def sharer(self, info: Info) -> User | None:
        return await load_user(info.context, self.row.sharer_id)

    @strawberry.field(
        description="The reports of it that differ in anything, the first one first; of very many the first 100."
    )
    async def reports(self, info: Info) -> list[ConversionReport]:
        rows = await info.context.loader(make_report_loader).load(self.row.id)
        return [ConversionReport.from_row(row) for row in rows]

    @strawberry.field(description="Which clicks could have earned it, which one did, and why not the others.")
    async def receipt(self, info: Info) -> AttributionReceipt | None:
        receipt = await info.context.loader(make_receipt_loader).load(self.row.id)
        return AttributionReceipt.from_receipt(receipt) if receipt else None

    @strawberry.field(description="Each time it stood otherwise than before, the first one first.")
    async def ledger(
        self, info: Info, *, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[ConversionEntry]:
        page = read_page(first, after, last, before, key_type=tuple[int], order=f"ledger.{self.row.id}")
        rows = await info.context.loader(make_entry_page_loader).load((LedgerPage(page.window), self.row.id))
        return make_connection(rows, page, ConversionEntry.from_row, lambda row: (row.entry,))

    history: Connection[HistoryEntry] = make_history_field(
        "Conversion", "Who approved or rejected it, and when.", subject_id_of=lambda root: int(root.row.number)
    )

    @strawberry.field(description="Of a CONFLICT: the conversion of the same key that holds; null for others.")
    async def conflicts_with(self, info: Info) -> "Conversion | None":
        conflicts_with = self.row.conflicts_with
        row = await info.context.loader(make_conversion_loader).load(conflicts_with) if conflicts_with else None
        return Conversion.from_row(row) if row else None

    @strawberry.field(
        description="All that was reported of its order, itself too, the first one first; of very many the first 100."
    )
    async def order(self, info: Info) -> list["Conversion"]:
        rows = await info.context.loader(make_order_loader).load(self.row.order_key)
        return [Conversion.from_row(row) for row in rows]

    @strawberry.field(
        description="The refunds, chargebacks and voids of its order, the first one first; of very many the first 100."
        " Those have none themselves."
    )
    async def corrections(self, info: Info) -> list["Conversion"]:
        if self.row.kind in CORRECTIONS:
            return []
        rows = await info.context.loader(make_order_corrections_loader).load(self.row.order_key)
        return [Conversion.from_row(row) for row in rows]
