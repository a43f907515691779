"""Make, change and end webhooks, and renew their secrets."""

from typing import Annotated, Any, TypeAlias

import strawberry

from api.context import Context, Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import MAKES_NO_SECOND_ONE
from api.ids import encode_id, read_id, read_ids
from api.permissions import IsAdmin
from api.scalars import URL
from api.webhook_words import BATCH_FIELDS, FIELDS, FILTER_FIELDS, Counting, EndpointStatus, EventType, Status, Verdict
from api.webhooks.types import WebhookEndpoint, require_webhook
from tracking.webhooks.rules import Batch, Wanted
from tracking.webhooks.service import (
    Installation,
    WebhookFields,
    create_webhook,
    delete_webhook,
    rotate_webhook_secret,
    update_webhook,
)

_SHOWN_ONCE = (
    "All of it: `whsec_` and 32 bytes in base64, as libraries of Standard Webhooks take it. It is shown once, so a"
    " repeat answers null: if the first answer was lost, rotate it."
)


@strawberry.input(description="Which events a webhook is told of. What is left out or null restricts nothing.")
class WebhookFilterInput:
    link_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=FILTER_FIELDS["linkIds"])
    campaign_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=FILTER_FIELDS["campaignIds"])
    creator_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=FILTER_FIELDS["creatorIds"])
    message_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=FILTER_FIELDS["messageIds"])
    offer_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=FILTER_FIELDS["offerIds"])
    verdicts: list[Verdict] | None = strawberry.field(default=None, description=FILTER_FIELDS["verdicts"])
    counting: list[Counting] | None = strawberry.field(default=None, description=FILTER_FIELDS["counting"])
    statuses: list[Status] | None = strawberry.field(default=None, description=FILTER_FIELDS["statuses"])

    def read(self) -> Wanted:
        return Wanted(
            link_ids=_freeze(read_ids(self.link_ids, "Link")),
            campaign_ids=_freeze(read_ids(self.campaign_ids, "Campaign")),
            creator_ids=_freeze(read_ids(self.creator_ids, "Creator")),
            message_ids=_freeze(read_ids(self.message_ids, "Message")),
            offer_ids=_freeze(read_ids(self.offer_ids, "Offer")),
            verdicts=_freeze(self.verdicts),
            counting=_freeze(self.counting),
            statuses=_freeze(self.statuses),
        )


@strawberry.input(description="How events are put together.")
class WebhookBatchInput:
    max_events: int = strawberry.field(default=1, description=BATCH_FIELDS["maxEvents"])
    max_wait_seconds: int = strawberry.field(default=0, description=BATCH_FIELDS["maxWaitSeconds"])

    def read(self) -> Batch:
        return Batch(self.max_events, self.max_wait_seconds)


@strawberry.input(description="A new webhook. It is told of what happens from now on.")
class CreateWebhookInput:
    name: str = strawberry.field(description=FIELDS["name"])
    url: URL = strawberry.field(description=FIELDS["url"])
    event_types: list[EventType] = strawberry.field(description=FIELDS["eventTypes"])
    filter: WebhookFilterInput | None = strawberry.field(default=None, description=FIELDS["filter"])
    batch: WebhookBatchInput | None = strawberry.field(default=None, description=FIELDS["batch"])
    status: EndpointStatus = strawberry.field(default=EndpointStatus.ENABLED, description="ENABLED, or PAUSED.")
    idempotency_key: str | None = strawberry.field(default=None, description=MAKES_NO_SECOND_ONE)

    def read(self) -> WebhookFields:
        return WebhookFields(
            name=self.name,
            url=self.url,
            event_types=self.event_types,
            wanted=self.filter.read() if self.filter else Wanted(),
            batch=self.batch.read() if self.batch else Batch(),
            status=self.status,
        )


@strawberry.type(description="The webhook is told of what happens from now on.")
class CreateWebhookSuccess:
    webhook: WebhookEndpoint = strawberry.field(description="The new one, or that of the first call with the same key.")
    secret: str | None = strawberry.field(description=_SHOWN_ONCE)


@strawberry.input(description="What of a webhook to change. What is left out stays.")
class UpdateWebhookInput:
    id: strawberry.ID = strawberry.field(description="Of the webhook.")
    name: strawberry.Maybe[str] = strawberry.field(default=None, description=FIELDS["name"])
    url: strawberry.Maybe[URL] = strawberry.field(default=None, description=FIELDS["url"])
    event_types: strawberry.Maybe[list[EventType]] = strawberry.field(default=None, description=FIELDS["eventTypes"])
    filter: strawberry.Maybe[WebhookFilterInput] = strawberry.field(
        default=None, description="All of it anew. It holds for what is queued from now on."
    )
    batch: strawberry.Maybe[WebhookBatchInput] = strawberry.field(default=None, description="All of it anew.")
    status: strawberry.Maybe[EndpointStatus] = strawberry.field(
        default=None, description="ENABLED: go on, also after we disabled it, and send what waits. PAUSED: wait."
    )

    def read_changes(self) -> dict[str, Any]:
        """By the names of WebhookFields."""
        changes = {
            name: getattr(self, name).value
            for name in ("name", "url", "event_types", "status")
            if getattr(self, name) is not None
        }
        if self.filter is not None:
            changes["wanted"] = self.filter.value.read()
        if self.batch is not None:
            changes["batch"] = self.batch.value.read()
        return changes


@strawberry.type(description="The webhook was changed.")
class UpdateWebhookSuccess:
    webhook: WebhookEndpoint = strawberry.field(description="As it is now.")


@strawberry.input(description="A webhook to end.")
class DeleteWebhookInput:
    id: strawberry.ID = strawberry.field(description="Of the webhook.")


@strawberry.type(description="Nothing is sent to it any more, and what waited is cancelled.")
class DeleteWebhookSuccess:
    deleted_id: strawberry.ID = strawberry.field(description="Of the webhook that was.")


@strawberry.input(description="A webhook that gets a new secret.")
class RotateWebhookSecretInput:
    id: strawberry.ID = strawberry.field(description="Of the webhook.")
    overlap_hours: int = strawberry.field(
        default=24,
        description="How long those before it go on signing beside it: 0, which ends them now, to 168.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=MAKES_NO_SECOND_ONE)


@strawberry.type(description="The new secret signs from now on.")
class RotateWebhookSecretSuccess:
    webhook: WebhookEndpoint = strawberry.field(description="As it is now.")
    secret: str | None = strawberry.field(description=_SHOWN_ONCE)


CreateWebhookResult: TypeAlias = Annotated[
    CreateWebhookSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("CreateWebhookResult", description="How it went."),
]
UpdateWebhookResult: TypeAlias = Annotated[
    UpdateWebhookSuccess | InvalidInput | NotFound, strawberry.union("UpdateWebhookResult", description="How it went.")
]
DeleteWebhookResult: TypeAlias = Annotated[
    DeleteWebhookSuccess | NotFound, strawberry.union("DeleteWebhookResult", description="How it went.")
]
RotateWebhookSecretResult: TypeAlias = Annotated[
    RotateWebhookSecretSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("RotateWebhookSecretResult", description="How it went."),
]


@strawberry.type
class ConfiguringMutation:
    @strawberry.mutation(description="Have events sent to an address.", permission_classes=[IsAdmin])
    async def create_webhook(
        self, info: Info, given: Annotated[CreateWebhookInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateWebhookResult:
        context = info.context
        made = await create_webhook(
            context.account_id, given.read(), _read_settings(context), idempotency_key=given.idempotency_key
        )
        return CreateWebhookSuccess(webhook=await require_webhook(context, made.endpoint_id), secret=made.token)

    @strawberry.mutation(description="Change a webhook, pause it, or let it go on.", permission_classes=[IsAdmin])
    async def update_webhook(
        self, info: Info, given: Annotated[UpdateWebhookInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateWebhookResult:
        context, webhook_id = info.context, read_id(given.id, "WebhookEndpoint")
        row = await update_webhook(context.account_id, webhook_id, given.read_changes(), _read_settings(context))
        return UpdateWebhookSuccess(webhook=await require_webhook(context, row.id))

    @strawberry.mutation(description="End a webhook for good.", permission_classes=[IsAdmin])
    async def delete_webhook(
        self, info: Info, given: Annotated[DeleteWebhookInput, strawberry.argument(name="input", description="Which.")]
    ) -> DeleteWebhookResult:
        row = await delete_webhook(info.context.account_id, read_id(given.id, "WebhookEndpoint"))
        return DeleteWebhookSuccess(deleted_id=encode_id("WebhookEndpoint", row.id))

    @strawberry.mutation(
        description="Make a new secret for a webhook. Until the overlap is over, deliveries are signed with the old"
        " ones too, so that the receiver can learn the new one in between. At most three sign at once.",
        permission_classes=[IsAdmin],
    )
    async def rotate_webhook_secret(
        self,
        info: Info,
        given: Annotated[RotateWebhookSecretInput, strawberry.argument(name="input", description="Whose.")],
    ) -> RotateWebhookSecretResult:
        context = info.context
        made = await rotate_webhook_secret(
            context.account_id,
            read_id(given.id, "WebhookEndpoint"),
            given.overlap_hours,
            _read_settings(context),
            idempotency_key=given.idempotency_key,
        )
        return RotateWebhookSecretSuccess(webhook=await require_webhook(context, made.endpoint_id), secret=made.token)


def _read_settings(context: Context) -> Installation:
    return Installation(context.settings.secrets_keys, context.settings.webhook_allow_private)


def _freeze(values: list[Any] | None) -> tuple[Any, ...] | None:
    return None if values is None else tuple(values)
