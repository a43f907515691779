"""Try a webhook out, and send once more what was sent before."""

from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import IDEMPOTENCY_KEY, MAKES_NO_SECOND_ONE
from api.ids import read_id, read_uuid
from api.permissions import IsAdmin
from api.reports.types import InstantRange
from api.webhook_deliveries.types import WebhookDelivery, load_delivery
from api.webhook_replays.types import WebhookReplay, load_replay
from tracking.webhooks.pinging import ping_webhook
from tracking.webhooks.redelivering import Redelivery, WantedRange, replay_delivery, replay_range


@strawberry.input(description="A webhook to try out.")
class PingWebhookInput:
    id: strawberry.ID = strawberry.field(description="Of the webhook, whatever its status.")
    idempotency_key: str | None = strawberry.field(default=None, description=MAKES_NO_SECOND_ONE)


@strawberry.type(description="The ping is on its way.")
class PingWebhookSuccess:
    delivery: WebhookDelivery = strawberry.field(description="Ask for it again to see what became of it.")


@strawberry.input(description="Events of a range, by when they were logged.")
class ReplayedRangeInput:
    webhook_id: strawberry.ID = strawberry.field(description="To which webhook. Its filter holds as it is now.")
    logged: InstantRange = strawberry.field(description="Of what was logged in it; not older than the log.")
    only_failed: bool = strawberry.field(
        default=False,
        description="True: no event anew, but those of its deliveries that were queued in the range and failed, whether"
        " given up or waiting for another attempt; up to 10,000 of them at once.",
    )

    def read(self) -> WantedRange:
        webhook_id = read_id(self.webhook_id, "WebhookEndpoint")
        return WantedRange(webhook_id, self.logged.from_, self.logged.to, self.only_failed)


@strawberry.input(one_of=True, description="What to send once more: exactly one of these.")
class ReplayedEventsInput:
    delivery_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A delivery, whatever became of it, under its own ids."
    )
    range: ReplayedRangeInput | None = strawberry.field(default=strawberry.UNSET, description="Events of a range.")


@strawberry.input(description="What to send once more.")
class ReplayWebhookInput:
    events: ReplayedEventsInput = strawberry.field(description="Which events.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="It is on its way once more. What was asked for is there, the rest is null.")
class ReplayWebhookSuccess:
    delivery: WebhookDelivery | None = strawberry.field(description="The delivery, which is due now.")
    replay: WebhookReplay | None = strawberry.field(description="The replay of the range.")
    reopened: int | None = strawberry.field(
        description="How many deliveries that failed are due now; with 10,000 there may be more: ask again."
    )


PingWebhookResult: TypeAlias = Annotated[
    PingWebhookSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("PingWebhookResult", description="How it went."),
]
ReplayWebhookResult: TypeAlias = Annotated[
    ReplayWebhookSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("ReplayWebhookResult", description="How it went."),
]


@strawberry.type
class SendingMutation:
    @strawberry.mutation(
        description="Send a webhook something of the type `ping`, once, whatever its status: does it arrive, and does"
        " its signature verify?",
        permission_classes=[IsAdmin],
    )
    async def ping_webhook(
        self, info: Info, given: Annotated[PingWebhookInput, strawberry.argument(name="input", description="Which.")]
    ) -> PingWebhookResult:
        webhook_id = read_id(given.id, "WebhookEndpoint")
        delivery_id = await ping_webhook(info.context.account_id, webhook_id, idempotency_key=given.idempotency_key)
        delivery = await load_delivery(info.context, delivery_id)
        if delivery is None:
            raise LookupError("a delivery that was just there is gone")
        return PingWebhookSuccess(delivery=delivery)

    @strawberry.mutation(
        description="Send once more what was sent, failed, or was never queued: a delivery, or events of a range."
        " Events keep their ids.",
        permission_classes=[IsAdmin],
    )
    async def replay_webhook(
        self, info: Info, given: Annotated[ReplayWebhookInput, strawberry.argument(name="input", description="What.")]
    ) -> ReplayWebhookResult:
        context = info.context
        done = await _replay(context.account_id, given)
        return ReplayWebhookSuccess(
            delivery=await load_delivery(context, done.delivery_id),
            replay=await load_replay(context, done.replay_id),
            reopened=done.reopened,
        )


async def _replay(account_id: int, given: ReplayWebhookInput) -> Redelivery:
    delivery_id, wanted = given.events.delivery_id, given.events.range
    if isinstance(delivery_id, str):
        found = read_uuid(delivery_id, "WebhookDelivery")
        return await replay_delivery(account_id, found, idempotency_key=given.idempotency_key)
    if not wanted:
        raise LookupError("graphql-core has made sure that one of them is given")
    return await replay_range(account_id, wanted.read(), idempotency_key=given.idempotency_key)
