"""A webhook: where events are sent, which ones, and how that goes."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import strawberry

from api.context import Context, Info
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.scalars import URL
from api.webhook_deliveries.loaders import make_delivery_page_loader
from api.webhook_deliveries.types import WebhookDelivery
from api.webhook_replays.loaders import make_replay_page_loader
from api.webhook_replays.types import WebhookReplay
from api.webhook_words import (
    BATCH_FIELDS,
    FIELDS,
    FILTER_FIELDS,
    Counting,
    DisabledReason,
    EndpointStatus,
    EventType,
    Status,
    Verdict,
)
from api.webhooks.loaders import make_health_loader, make_secrets_loader, make_webhook_loader
from tracking.accounts.models import Scope
from tracking.webhooks.deliveries import DeliveryStatus
from tracking.webhooks.delivery_queries import DeliveryFilter, DeliveryPage
from tracking.webhooks.queries import MAX_COUNTED, EndpointRow, HealthRow, ReplayPage, SecretRow
from tracking.webhooks.rules import Batch, Wanted


@strawberry.type(description="Which events a webhook is told of. What is null restricts nothing.")
class WebhookFilter:
    link_ids: list[strawberry.ID] | None = strawberry.field(description=FILTER_FIELDS["linkIds"])
    campaign_ids: list[strawberry.ID] | None = strawberry.field(description=FILTER_FIELDS["campaignIds"])
    creator_ids: list[strawberry.ID] | None = strawberry.field(description=FILTER_FIELDS["creatorIds"])
    message_ids: list[strawberry.ID] | None = strawberry.field(description=FILTER_FIELDS["messageIds"])
    offer_ids: list[strawberry.ID] | None = strawberry.field(description=FILTER_FIELDS["offerIds"])
    verdicts: list[Verdict] | None = strawberry.field(description=FILTER_FIELDS["verdicts"])
    counting: list[Counting] | None = strawberry.field(description=FILTER_FIELDS["counting"])
    statuses: list[Status] | None = strawberry.field(description=FILTER_FIELDS["statuses"])

    @classmethod
    def from_wanted(cls, wanted: Wanted) -> "WebhookFilter":
        return cls(
            link_ids=_encode_all(wanted.link_ids, "Link"),
            campaign_ids=_encode_all(wanted.campaign_ids, "Campaign"),
            creator_ids=_encode_all(wanted.creator_ids, "Creator"),
            message_ids=_encode_all(wanted.message_ids, "Message"),
            offer_ids=_encode_all(wanted.offer_ids, "Offer"),
            verdicts=None if wanted.verdicts is None else list(wanted.verdicts),
            counting=None if wanted.counting is None else list(wanted.counting),
            statuses=None if wanted.statuses is None else list(wanted.statuses),
        )


@strawberry.type(description="How events are put together.")
class WebhookBatch:
    max_events: int = strawberry.field(description=BATCH_FIELDS["maxEvents"])
    max_wait_seconds: int = strawberry.field(description=BATCH_FIELDS["maxWaitSeconds"])

    @classmethod
    def from_batch(cls, batch: Batch) -> "WebhookBatch":
        return cls(max_events=batch.max_events, max_wait_seconds=batch.max_wait_s)


@strawberry.type(description="A secret that signs deliveries, without itself.")
class WebhookSecret:
    hint: str = strawberry.field(description="How it ends, to tell it from others.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    expires_at: dt.datetime | None = strawberry.field(description="Until when it signs; null: until it is rotated.")

    @classmethod
    def from_row(cls, row: SecretRow) -> "WebhookSecret":
        return cls(hint=row.hint, created_at=row.created_at, expires_at=row.expires_at)


@strawberry.type(description=f"How deliveries go. Nothing is counted beyond {MAX_COUNTED:,}.")
class WebhookHealth:
    waiting: int = strawberry.field(description="How many deliveries are still to be made.")
    waiting_since: dt.datetime | None = strawberry.field(description="When the oldest of them was queued.")
    delivered_last_24_hours: int = strawberry.field(
        name="deliveredLast24Hours", description="How many that were queued within 24 hours are delivered."
    )
    given_up_last_24_hours: int = strawberry.field(
        name="givenUpLast24Hours", description="How many that were queued within 24 hours were given up."
    )

    @classmethod
    def from_row(cls, row: HealthRow) -> "WebhookHealth":
        return cls(
            waiting=row.waiting,
            waiting_since=row.waiting_since,
            delivered_last_24_hours=row.delivered,
            given_up_last_24_hours=row.given_up,
        )


@strawberry.input(description="Which deliveries. What is left out restricts nothing.")
class WebhookDeliveryFilter:
    status: DeliveryStatus | None = strawberry.field(default=None, description="Those that this became of.")
    event_types: list[EventType] | None = strawberry.field(
        default=None, description="Those with an event of any of these types."
    )
    created_from: dt.datetime | None = strawberry.field(default=None, description="Those queued then or later.")
    created_before: dt.datetime | None = strawberry.field(default=None, description="Those queued before this moment.")

    def read(self) -> DeliveryFilter:
        types = None if self.event_types is None else [each.value for each in self.event_types]
        return DeliveryFilter(self.status, types, self.created_from, self.created_before)


@strawberry.type(
    description="An address to which events are sent as they happen, signed by Standard Webhooks 1.0.0, until it takes"
    " them: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h."
)
class WebhookEndpoint(Node):
    name: str = strawberry.field(description=FIELDS["name"])
    url: URL = strawberry.field(description=FIELDS["url"])
    event_types: list[EventType] = strawberry.field(description=FIELDS["eventTypes"])
    filter: WebhookFilter = strawberry.field(description=FIELDS["filter"])
    batch: WebhookBatch = strawberry.field(description=FIELDS["batch"])
    status: EndpointStatus = strawberry.field(description=FIELDS["status"])
    disabled_reason: DisabledReason | None = strawberry.field(description="Why we disabled it.")
    disabled_at: dt.datetime | None = strawberry.field(description="When we disabled it.")
    failing_since: dt.datetime | None = strawberry.field(
        description="Since when every attempt has failed; null when the last one did not."
    )
    not_before: dt.datetime | None = strawberry.field(description="It asked to be left alone until then: Retry-After.")
    last_success_at: dt.datetime | None = strawberry.field(
        description="When it took a delivery last, to a few seconds."
    )
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private[EndpointRow]

    @classmethod
    def from_row(cls, row: EndpointRow) -> "WebhookEndpoint":
        return cls(
            id=encode_id("WebhookEndpoint", row.id),
            name=row.name,
            url=URL(row.url),
            event_types=[EventType(each) for each in row.event_types],
            filter=WebhookFilter.from_wanted(row.wanted),
            batch=WebhookBatch.from_batch(row.batch),
            status=row.status,
            disabled_reason=row.disabled_reason,
            disabled_at=row.disabled_at,
            failing_since=row.failing_since,
            not_before=row.not_before,
            last_success_at=row.last_success_at,
            created_at=row.created_at,
            row=row,
        )

    history: Connection[HistoryEntry] = make_history_field(
        "WebhookEndpoint", "Who made, changed, rotated or replayed it, and when it was disabled."
    )

    @strawberry.field(description="What signs its deliveries now, the newest first.")
    async def secrets(self, info: Info) -> list[WebhookSecret]:
        rows = await info.context.loader(make_secrets_loader).load(self.row.id)
        return [WebhookSecret.from_row(row) for row in rows or ()]

    @strawberry.field(description="How its deliveries go.")
    async def health(self, info: Info) -> WebhookHealth:
        row = await info.context.loader(make_health_loader).load(self.row.id)
        return WebhookHealth.from_row(row or HealthRow(0, None, 0, 0))

    @strawberry.field(description="What was sent, or is to be, the newest first; what has ended is kept for a while.")
    async def deliveries(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            WebhookDeliveryFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookDelivery]:
        page = read_page(first, after, last, before, key_type=tuple[UUID], order="webhookDeliveries")
        wanted = DeliveryPage((filter or WebhookDeliveryFilter()).read(), page.window)
        rows = await info.context.loader(make_delivery_page_loader).load((wanted, self.row.id))
        return make_connection(rows, page, WebhookDelivery.from_row, lambda row: (row.id,))

    @strawberry.field(description="Ranges of events that were asked for once more, the newest first.")
    async def replays(
        self, info: Info, *, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[WebhookReplay]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="webhookReplays")
        rows = await info.context.loader(make_replay_page_loader).load((ReplayPage(page.window), self.row.id))
        return make_connection(rows, page, WebhookReplay.from_row, lambda row: (row.id,))


async def load_webhook(context: Context, webhook_id: int | None) -> WebhookEndpoint | None:
    """None too for whoever may not ADMIN."""
    if not webhook_id or Scope.ADMIN not in context.viewer.scopes:
        return None
    row = await context.loader(make_webhook_loader).load(webhook_id)
    return WebhookEndpoint.from_row(row) if row else None


async def require_webhook(context: Context, webhook_id: int) -> WebhookEndpoint:
    webhook = await load_webhook(context, webhook_id)
    if webhook is None:
        raise LookupError("a webhook that was just there is gone")
    return webhook


def _encode_all(ids: tuple[int, ...] | None, type_name: str) -> list[strawberry.ID] | None:
    return None if ids is None else [encode_id(type_name, each) for each in ids]
