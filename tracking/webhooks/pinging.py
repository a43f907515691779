"""A delivery that says nothing but that deliveries arrive."""

import secrets
from typing import Final
from uuid import UUID

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.clicks.ids import ClickIdMint
from tracking.clock import utc_now
from tracking.errors import InvalidInputError
from tracking.events.payloads.envelopes import Ping, Pinged
from tracking.events.payloads.things import Named
from tracking.events.types import PAYLOAD_VERSION
from tracking.graph_ids import write_graph_id
from tracking.idempotency import answer_once
from tracking.webhooks.deliveries import Origin
from tracking.webhooks.models import WebhookEndpoint
from tracking.webhooks.rules import PING_TYPE
from tracking.webhooks.service import lock_endpoint

MAX_WAITING: Final = 10
_mint = ClickIdMint()
_COUNT = f"""
    SELECT count(*) AS waiting FROM webhook_delivery
    WHERE endpoint_id = $1 AND origin = {Origin.PING:d} AND next_at IS NOT NULL
"""
_QUEUE = f"""
    INSERT INTO webhook_delivery (id, account_id, endpoint_id, origin, first_position, first_ordinal, webhook_id,
        event_types, event_ids, is_batch, body, next_at)
    VALUES ($1, $2, $3, {Origin.PING:d}, $4, 0, $5, ARRAY[$6], ARRAY[$5], false, $7, now())
"""


async def ping_webhook(account_id: int, endpoint_id: int, *, idempotency_key: str | None = None) -> UUID:
    """The id of a new delivery, which is tried once, whatever the status of the endpoint is.

    Raises NotFoundError, or InvalidInputError while too many wait.
    """

    async def work(connection: BaseDBAsyncClient) -> UUID:
        endpoint = await lock_endpoint(connection, account_id, endpoint_id)
        [counted] = await connection.execute_query_dict(_COUNT, [endpoint_id])
        if counted["waiting"] >= MAX_WAITING:
            raise InvalidInputError(f"{MAX_WAITING} pings of it wait already: look at its deliveries", ("id",))
        delivery_id = UUID(bytes=_mint.mint())
        event_id = f"ping_{delivery_id.hex}"
        # of no place in the log: a number of its own keeps it apart from other pings
        place = secrets.randbits(62)
        given = [delivery_id, account_id, endpoint_id, place, event_id, PING_TYPE, _write(endpoint, event_id)]
        await connection.execute_query(_QUEUE, given)
        return delivery_id

    return await answer_once(account_id, "pingWebhook", idempotency_key, endpoint_id, work, answer_type=UUID)


def _write(endpoint: WebhookEndpoint, event_id: str) -> bytes:
    now = utc_now()
    named = Named(id=write_graph_id("WebhookEndpoint", endpoint.id), name=endpoint.name)
    return msgspec.json.encode(
        Ping(
            id=event_id,
            version=PAYLOAD_VERSION,
            timestamp=now,
            occurred_at=now,
            recorded_at=now,
            data=Pinged(webhook=named),
        )
    )
