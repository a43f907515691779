"""Endpoints, each filtered to a link of its own, and clicks that the event log tells of."""

import datetime as dt
from pathlib import Path

import msgspec

from bench.account import BenchAccount
from bench.ingest.traffic import make_clicks
from bench.stores import Stores
from bench.webhooks.receiver import SECRETS
from tracking.clicks.event import ClickEvent
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.clock import utc_now
from tracking.database import open_pool
from tracking.events.relay import relay_once, try_to_become_relay
from tracking.events.types import EventType
from tracking.orm import open_orm
from tracking.settings import Settings
from tracking.webhooks.rules import Wanted
from tracking.webhooks.service import Installation, WebhookFields, create_webhook

STORED_AT_ONCE = 1_000
SPAN = dt.timedelta(minutes=5)


async def make_endpoints(settings: Settings, account: BenchAccount, port: int, folder: Path) -> dict[str, str]:
    """The secret of each, by the name in its address; they stand in `folder` for the receiver too."""
    installation = Installation(settings.secrets_keys, allows_private=True)
    secrets: dict[str, str] = {}
    async with open_orm(settings):
        for number, link in enumerate(account.links):
            url = f"http://127.0.0.1:{port}/hooks/{number}"
            wanted = Wanted(link_ids=(link.link_id,))
            fields = WebhookFields(f"Endpoint {number}", url, [EventType.CLICK_RECORDED], wanted)
            issued = await create_webhook(account.account_id, fields, installation)
            if issued.token:
                secrets[str(number)] = issued.token
    (folder / SECRETS).write_bytes(msgspec.json.encode(secrets))
    return secrets


async def tell_clicks(stores: Stores, account: BenchAccount, count: int) -> None:
    """Store so many clicks, as many of each link, and give their events positions in the log."""
    pool = await open_pool(stores.make_settings())
    try:
        clicks = _spread(account, make_clicks(account, count, utc_now() - SPAN, SPAN))
        agents = UserAgents()
        for first in range(0, count, STORED_AT_ONCE):
            await store_clicks(pool, agents, clicks[first : first + STORED_AT_ONCE])
        async with pool.acquire() as connection:
            await try_to_become_relay(connection)
            while await relay_once(connection):
                pass
        await pool.execute("ANALYZE click; ANALYZE event_log")
    finally:
        await pool.close()


def _spread(account: BenchAccount, clicks: list[ClickEvent]) -> list[ClickEvent]:
    links = account.links
    return [
        msgspec.structs.replace(click, link_id=link.link_id, campaign_id=link.campaign_id, creator_id=link.creator_id)
        for click, link in ((click, links[number % len(links)]) for number, click in enumerate(clicks))
    ]
