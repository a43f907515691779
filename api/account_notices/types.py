"""What whoever looks after an account should know, for as long as it is so."""

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.webhooks.loaders import make_troubled_loader
from tracking.webhooks.models import DisabledReason, EndpointStatus
from tracking.webhooks.queries import EndpointRow

if TYPE_CHECKING:
    from api.webhooks.types import WebhookEndpoint


class AccountNoticeKind(StrEnum):
    WEBHOOK_FAILING = "WEBHOOK_FAILING"
    WEBHOOK_DISABLED = "WEBHOOK_DISABLED"


publish_enum(
    AccountNoticeKind,
    "What is wrong.",
    {
        AccountNoticeKind.WEBHOOK_FAILING: "Nothing could be delivered to a webhook for an hour or longer.",
        AccountNoticeKind.WEBHOOK_DISABLED: "We disabled a webhook: events are no longer queued for it.",
    },
)


@strawberry.type(description="What whoever looks after the account should know. It is there for as long as it is so.")
class AccountNotice:
    kind: AccountNoticeKind = strawberry.field(description="What is wrong.")
    since: dt.datetime = strawberry.field(description="Since when.")
    text: str = strawberry.field(description="In words, and what to do about it.")
    row: strawberry.Private[EndpointRow]

    @classmethod
    def from_row(cls, row: EndpointRow) -> "AccountNotice":
        is_disabled = row.status is EndpointStatus.DISABLED
        return cls(
            kind=AccountNoticeKind.WEBHOOK_DISABLED if is_disabled else AccountNoticeKind.WEBHOOK_FAILING,
            since=(row.disabled_at if is_disabled else row.failing_since) or row.created_at,
            text=_describe(row),
            row=row,
        )

    @strawberry.field(description="The webhook; null for whoever may not ADMIN.")
    async def webhook(self, info: Info) -> Annotated["WebhookEndpoint", strawberry.lazy("api.webhooks.types")] | None:
        from api.webhooks.types import load_webhook  # noqa: PLC0415 -- they tell of clicks, which are the account's

        return await load_webhook(info.context, self.row.id)


async def load_notices(context: Context) -> list[AccountNotice]:
    rows = await context.loader(make_troubled_loader).load(context.account_id)
    return [AccountNotice.from_row(row) for row in rows]


def _describe(row: EndpointRow) -> str:
    if row.status is not EndpointStatus.DISABLED:
        return f"Nothing can be delivered to the webhook {row.name!r}: see its last deliveries."
    is_gone = row.disabled_reason is DisabledReason.GONE
    why = "it answered 410" if is_gone else "nothing could be delivered for three days"
    return (
        f"The webhook {row.name!r} is disabled, as {why}. Set it ENABLED to have what waits sent, and replay the range"
        " since then for what was not queued."
    )
