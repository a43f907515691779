"""A delivery to a webhook, and each attempt at it."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.ids import encode_id, read_uuid_key
from api.nodes import Node, register_node
from api.webhook_deliveries.loaders import make_attempts_loader, make_body_loader, make_delivery_loader
from tracking.accounts.models import Scope
from tracking.webhooks.deliveries import DeliveryStatus, Origin, Problem
from tracking.webhooks.delivery_queries import MAX_ATTEMPTS, AttemptRow, DeliveryRow

if TYPE_CHECKING:
    from api.webhooks.types import WebhookEndpoint

publish_enum(
    DeliveryStatus,
    "What became of a delivery.",
    {
        DeliveryStatus.WAITING: "It is sent at `nextAttemptAt`, or when its webhook is ENABLED again.",
        DeliveryStatus.DELIVERED: "The receiver answered with a status of 2xx.",
        DeliveryStatus.GIVEN_UP: "The last attempt of the schedule failed: `replayWebhook` starts again.",
        DeliveryStatus.CANCELLED: "Its webhook was deleted.",
    },
    name="WebhookDeliveryStatus",
)
publish_enum(
    Origin,
    "Why there is a delivery.",
    {
        Origin.LOG: "Something happened.",
        Origin.REPLAY: "Somebody asked for a range of events once more.",
        Origin.PING: "Somebody tried the webhook out: `pingWebhook`.",
    },
    name="WebhookDeliveryOrigin",
)
publish_enum(
    Problem,
    "Why an attempt got no answer.",
    {
        Problem.DNS: "The host's name leads to no address.",
        Problem.REFUSED_ADDRESS: "The host's name leads to an address that is not on the public internet.",
        Problem.TIMEOUT: "The answer was not there in time.",
        Problem.NO_CONNECTION: "Nobody took the connection, or it broke.",
        Problem.TLS: "The host's certificate does not hold, or TLS failed.",
        Problem.NO_HTTP: "What came back is not HTTP.",
        Problem.NO_SECRET: "What signs it could not be opened: an operator of this installation has to look.",
        Problem.NOT_SENT: "It was not sent.",
    },
    name="WebhookProblem",
)


@strawberry.type(description="One attempt to deliver.")
class WebhookAttempt:
    number: int = strawberry.field(description="From 1. A replay goes on counting.")
    at: dt.datetime = strawberry.field(description="When it began.")
    duration_ms: int = strawberry.field(description="How long it took, in milliseconds.")
    status_code: int | None = strawberry.field(description="The status of HTTP; null when there was no answer.")
    problem: Problem | None = strawberry.field(description="Why there was no answer; null when there was one.")
    answer: str | None = strawberry.field(description="How the answer's body begins: up to 2 kB.")

    @classmethod
    def from_row(cls, row: AttemptRow) -> "WebhookAttempt":
        return cls(**{**row._asdict(), "problem": None if row.problem is None else Problem(row.problem)})


@strawberry.type(description="One or several events, as they are sent to a webhook until the receiver takes them.")
class WebhookDelivery(Node):
    webhook_id_header: str = strawberry.field(
        description="What the header `webhook-id` says: the id of the event, or of the batch; the same at each attempt."
    )
    origin: Origin = strawberry.field(description="Why there is a delivery.")
    status: DeliveryStatus = strawberry.field(description="What became of it.")
    event_types: list[str] = strawberry.field(
        description="What happened, as the body names it: `click.recorded`; `ping` of a ping. Each type once."
    )
    event_ids: list[str] = strawberry.field(description="The id of each event, in the order of the log.")
    is_batch: bool = strawberry.field(description="True when its events are sent as a batch.")
    attempt_count: int = strawberry.field(description="How often it was tried.")
    next_attempt_at: dt.datetime | None = strawberry.field(
        description="When it is sent next, or given up on whoever sends it now; null when nothing is to come."
    )
    created_at: dt.datetime = strawberry.field(description="When it was queued.")
    ended_at: dt.datetime | None = strawberry.field(description="When it was delivered, given up or cancelled.")
    row: strawberry.Private[DeliveryRow]

    @classmethod
    def from_row(cls, row: DeliveryRow) -> "WebhookDelivery":
        return cls(
            id=encode_id("WebhookDelivery", row.id),
            webhook_id_header=row.webhook_id,
            origin=row.origin,
            status=row.status,
            event_types=list(dict.fromkeys(row.event_types)),
            event_ids=list(row.event_ids),
            is_batch=row.is_batch,
            attempt_count=row.attempts,
            next_attempt_at=row.next_at,
            created_at=row.created_at,
            ended_at=row.ended_at,
            row=row,
        )

    @strawberry.field(description="The webhook that it goes to; null when that was just deleted.")
    async def webhook(self, info: Info) -> Annotated["WebhookEndpoint", strawberry.lazy("api.webhooks.types")] | None:
        from api.webhooks.types import load_webhook  # noqa: PLC0415 -- webhooks have deliveries, and they a webhook

        return await load_webhook(info.context, self.row.endpoint_id)

    @strawberry.field(description=f"The last {MAX_ATTEMPTS} attempts, the first of them first.")
    async def attempts(self, info: Info) -> list[WebhookAttempt]:
        rows = await info.context.loader(make_attempts_loader).load(self.row.id)
        return [WebhookAttempt.from_row(row) for row in rows or ()]

    @strawberry.field(
        description="What is sent, as JSON: the event, or of a batch one event in each line; up to 64 kB of it. Null"
        " when its time in the log was just over."
    )
    async def body(self, info: Info) -> str | None:
        return await info.context.loader(make_body_loader).load(self.row.id)


async def load_delivery(context: Context, delivery_id: UUID | None) -> WebhookDelivery | None:
    """None too for whoever may not ADMIN."""
    if delivery_id is None or Scope.ADMIN not in context.viewer.scopes:
        return None
    row = await context.loader(make_delivery_loader).load(delivery_id)
    return WebhookDelivery.from_row(row) if row else None


async def find_delivery(context: Context, key: str) -> WebhookDelivery | None:
    return await load_delivery(context, read_uuid_key(key))


register_node("WebhookDelivery", find_delivery)
