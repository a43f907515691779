"""A replay: a range of the event log, told to a webhook once more."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.ids import encode_id, read_key
from api.nodes import Node, register_node
from api.scalars import BigInt
from api.webhook_replays.loaders import make_replay_loader
from tracking.accounts.models import Scope
from tracking.webhooks.models import ReplayStatus
from tracking.webhooks.queries import ReplayRow

if TYPE_CHECKING:
    from api.webhooks.types import WebhookEndpoint

publish_enum(
    ReplayStatus,
    "How far a replay is.",
    {
        ReplayStatus.RUNNING: "Its events are being queued, or will be once its webhook is ENABLED and less waits.",
        ReplayStatus.COMPLETED: "All of its events are queued; the deliveries say what becomes of them.",
        ReplayStatus.CANCELLED: "Its webhook was deleted, or the log dropped events that were not queued yet.",
    },
    name="WebhookReplayStatus",
)


@strawberry.type(
    description="Events of a range, told to a webhook once more, in the order of the log and under the ids that they"
    " had: with what they are about as it is now."
)
class WebhookReplay(Node):
    from_: dt.datetime = strawberry.field(name="from", description="Of what was logged from then on.")
    to: dt.datetime = strawberry.field(description="Until before this moment.")
    status: ReplayStatus = strawberry.field(description="How far it is.")
    events_queued: BigInt = strawberry.field(description="How many events that its webhook wants were found so far.")
    created_at: dt.datetime = strawberry.field(description="When it was asked for.")
    ended_at: dt.datetime | None = strawberry.field(description="When the last of its events was queued.")
    row: strawberry.Private[ReplayRow]

    @classmethod
    def from_row(cls, row: ReplayRow) -> "WebhookReplay":
        return cls(
            id=encode_id("WebhookReplay", row.id),
            from_=row.from_at,
            to=row.to_at,
            status=row.status,
            events_queued=BigInt(row.events_queued),
            created_at=row.created_at,
            ended_at=row.ended_at,
            row=row,
        )

    @strawberry.field(description="The webhook that it is for; null when that was just deleted.")
    async def webhook(self, info: Info) -> Annotated["WebhookEndpoint", strawberry.lazy("api.webhooks.types")] | None:
        from api.webhooks.types import load_webhook  # noqa: PLC0415 -- webhooks have replays, and they a webhook

        return await load_webhook(info.context, self.row.endpoint_id)


async def load_replay(context: Context, replay_id: int | None) -> WebhookReplay | None:
    """None too for whoever may not ADMIN."""
    if replay_id is None or Scope.ADMIN not in context.viewer.scopes:
        return None
    row = await context.loader(make_replay_loader).load(replay_id)
    return WebhookReplay.from_row(row) if row else None


async def find_replay(context: Context, key: str) -> WebhookReplay | None:
    return await load_replay(context, read_key(key))


register_node("WebhookReplay", find_replay)
