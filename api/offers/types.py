"""An offer: what a link sells."""

import datetime as dt
from decimal import Decimal

import strawberry

from api.breakdowns.types import register_entity
from api.context import Context, Info
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.interstitials.types import Interstitial
from api.money import Money
from api.node_reports.types import OfferReport
from api.nodes import Node
from api.offer_performances.types import OfferPerformance
from api.offers.loaders import make_offer_loader
from api.pagination import Connection
from api.postback_secrets.loaders import make_live_secrets_loader
from api.postback_secrets.types import PostbackSecret
from api.ranged_metrics.queries import OptionalRange, load_metrics, read_optional_range
from api.reports.queries import make_report_field
from api.scalars import URL, CurrencyCode
from tracking.accounts.models import AttributionModel
from tracking.interstitials.rules import InterstitialMode
from tracking.offers.events import OfferEvent as EventRow
from tracking.offers.queries import OfferRow
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope


@strawberry.type(description="What an event of an offer is worth. It pays an amount, a percentage, or nothing.")
class OfferEvent:
    event: str = strawberry.field(description="lead, sale, rebill, install, signup, or a name of your own.")
    payout_amount: Money | None = strawberry.field(description="What it pays, whatever its revenue.")
    payout_percent: Decimal | None = strawberry.field(
        description="What it pays of its revenue, from 0 to 100, in whole minor units: halves go to the even one."
    )
    default_value: Money | None = strawberry.field(description="Its revenue when a report of it names none.")

    @classmethod
    def from_row(cls, row: EventRow) -> "OfferEvent":
        return cls(
            event=row.event,
            payout_amount=Money.from_minor(*row.payout) if row.payout else None,
            payout_percent=row.payout_percent,
            default_value=Money.from_minor(*row.default_value) if row.default_value else None,
        )


@strawberry.type(description="What a link sells. A link is bound to its offer when it is made, for ever.")
class Offer(Node):
    name: str = strawberry.field(description="For people.")
    external_id: str | None = strawberry.field(description="The brand's own id of the offer, unique in the account.")
    destination_url: URL = strawberry.field(description="Where new links of it lead.")
    currency: CurrencyCode | None = strawberry.field(
        description="Of amounts that are given for it without one; null: the account's."
    )
    attribution_window_days: int | None = strawberry.field(
        description="How long after a click what happens still belongs to it, in times 24 hours; null: the account's."
    )
    attribution_model: AttributionModel | None = strawberry.field(
        description="Which click a conversion belongs to; null: as the account says."
    )
    events: list[OfferEvent] = strawberry.field(description="What each of its events is worth, each event once.")
    interstitial_mode: InterstitialMode = strawberry.field(
        description="Which page its links show before their destination."
    )
    interstitial: Interstitial | None = strawberry.field(description="Its own texts, which CUSTOM shows.")
    archived_at: dt.datetime | None = strawberry.field(description="Since when no link is bound to it any more.")
    created_at: dt.datetime = strawberry.field(description="When the account added it.")
    row: strawberry.Private[OfferRow]

    @classmethod
    def from_row(cls, row: OfferRow) -> "Offer":
        return cls(
            id=encode_id("Offer", row.id),
            name=row.name,
            external_id=row.external_id,
            destination_url=URL(row.destination_url),
            currency=CurrencyCode(row.currency) if row.currency else None,
            attribution_window_days=row.attribution_window_days,
            attribution_model=row.attribution_model,
            events=[OfferEvent.from_row(each) for each in row.events],
            interstitial_mode=row.interstitial_mode,
            interstitial=Interstitial.from_texts(row.interstitial),
            archived_at=row.archived_at,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="Its secrets that are live, two at most, the older first.")
    async def postback_secrets(self, info: Info) -> list[PostbackSecret]:
        rows = await info.context.loader(make_live_secrets_loader).load(self.row.id)
        return [PostbackSecret.from_row(row) for row in rows or []]

    @strawberry.field(description="What its clicks earned.")
    async def performance(self, info: Info, wanted: OptionalRange = None) -> OfferPerformance:
        resolved = await read_optional_range(info.context, wanted)
        [metrics] = await load_metrics(info.context, [Subject(Scope.OFFER, self.row.id)], resolved)
        return OfferPerformance(metrics=metrics)

    report: OfferReport = make_report_field(
        "What happened on the links that are bound to it, and what was reported for it without a link, in a range.",
        OfferReport,
        lambda offer: Subject(Scope.OFFER, offer.row.id),
    )

    history: Connection[HistoryEntry] = make_history_field("Offer")


async def load_offer(context: Context, offer_id: int | None) -> Offer | None:
    row = await context.loader(make_offer_loader).load(offer_id) if offer_id else None
    return Offer.from_row(row) if row else None


async def require_offer(context: Context, offer_id: int) -> Offer:
    offer = await load_offer(context, offer_id)
    if offer is None:
        raise LookupError("an offer that was just there is gone")
    return offer


register_entity("Offer", load_offer)
