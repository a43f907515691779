"""Webhooks in tests: asked for on the graph or made without it, and deliveries as a worker would have left them."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from tracking.accounts.models import Account
from tracking.clicks.ids import ClickIdMint
from tracking.clock import utc_now
from tracking.events.types import EventType
from tracking.webhooks.deliveries import DeliveryStatus, Origin
from tracking.webhooks.models import WebhookEndpoint, WebhookReplay

if TYPE_CHECKING:
    from tests.integration.api.conftest import Tenant

WEBHOOK = """
    id name url eventTypes status disabledReason disabledAt failingSince notBefore
    filter { linkIds campaignIds creatorIds messageIds offerIds verdicts counting statuses }
    batch { maxEvents maxWaitSeconds }
    secrets { hint expiresAt }
    history { nodes { action actor { kind } changes { field before after } } }
"""
CREATE = f"""
    mutation ($input: CreateWebhookInput!) {{
        createWebhook(input: $input) {{
            ... on CreateWebhookSuccess {{ secret webhook {{ {WEBHOOK} }} }} ... on UserError {{ code path message }}
        }}
    }}
"""
NEW = {"name": "Shop", "url": "https://Shop.example:443/hook", "eventTypes": ["LINK_CREATED", "CLICK_RECORDED"]}
_mint = ClickIdMint()
_made = [UUID(int=0)]


async def change(tenant: "Tenant", mutation: str, **variables: Any) -> dict[str, Any]:
    [answer] = (await tenant.ask(mutation, **variables)).values()
    return dict(answer)


def open_secret(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"), validate=True)


async def make_endpoint(account: Account, name: str = "Shop", **fields: Any) -> WebhookEndpoint:
    values: dict[str, Any] = {
        "url": "https://shop.example/hook",
        "event_types": [EventType.CLICK_RECORDED.value],
        "wanted": {},
    }
    return await WebhookEndpoint.create(account=account, name=name, **{**values, **fields})


async def make_delivery(
    pool: asyncpg.Pool,
    endpoint: WebhookEndpoint,
    status: DeliveryStatus = DeliveryStatus.WAITING,
    *,
    event_types: Sequence[str] = ("click.recorded",),
    body: bytes = b"{}",
) -> UUID:
    """Each at a place of its own in the log; one that has ended was tried twice."""
    delivery_id, now = _mint_next(), utc_now()
    has_ended = status is not DeliveryStatus.WAITING
    await pool.execute(
        "INSERT INTO webhook_delivery (id, account_id, endpoint_id, origin, first_position, first_ordinal, webhook_id,"
        " event_types, event_ids, is_batch, body, status, attempts, next_at, ended_at)"
        " VALUES ($1, $2, $3, $4, $5, 0, $6, $7, ARRAY[$6], false, $8, $9, $10, $11, $12)",
        delivery_id,
        endpoint.account_id,
        endpoint.id,
        int(Origin.LOG),
        int(delivery_id) >> 66,
        f"evt_{delivery_id.hex}",
        list(event_types),
        body,
        int(status),
        2 if has_ended else 0,
        None if has_ended else now,
        now if has_ended else None,
    )
    for number in (1, 2) if has_ended else ():
        await pool.execute(
            "INSERT INTO webhook_attempt VALUES ($1, $2, $3, 12, $4, $5, $6)",
            delivery_id,
            number,
            now,
            None if number == 1 else 500,
            "TIMEOUT" if number == 1 else None,
            None if number == 1 else "sorry",
        )
    return delivery_id


def _mint_next() -> UUID:
    """They ascend, in one millisecond too."""
    while (delivery_id := UUID(bytes=_mint.mint())) <= _made[-1]:
        continue
    _made.append(delivery_id)
    return delivery_id


async def make_given_up(pool: asyncpg.Pool, endpoint: WebhookEndpoint) -> UUID:
    return await make_delivery(pool, endpoint, DeliveryStatus.GIVEN_UP)


async def make_replay(endpoint: WebhookEndpoint) -> WebhookReplay:
    now = utc_now()
    return await WebhookReplay.create(endpoint=endpoint, from_at=now, to_at=now, position=0, until_position=0)
