"""Exports as a brand makes them: ask, let the worker's function run, fetch the file."""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import asyncpg

from api.ids import decode_id
from tests.brand import join, make_campaign, make_creator, make_deliverable
from tests.clicking import BOT, HUMAN, make_event, store
from tracking.accounts.models import Account
from tracking.campaigns.models import Stage
from tracking.exports.running import run_export
from tracking.links.models import Link

CLICKED_AT_MS: Final = 1_774_747_800_000  # 2026-03-29T01:30:00Z: half past three in Berlin, whose clocks just jumped

REQUEST_EXPORT = """
    mutation ($input: RequestExportInput!) {
        requestExport(input: $input) {
            __typename
            ... on RequestExportSuccess { export { id status downloadUrl } }
            ... on UserError { code message path }
        }
    }
"""
READ_EXPORT = """
    query ($id: ID!) {
        node(id: $id) {
            ... on Export {
                kind format status failure rowsTotal rowsDone sizeBytes sha256 downloadUrl asOf dueAt expiresAt
                parameters { preset range { from to } campaignId creatorId linkIds messageIds countedOnly }
            }
        }
    }
"""
Ask = Callable[..., Awaitable[dict[str, Any]]]


def read_export_id(global_id: str) -> int:
    found = decode_id(global_id, "Export")
    assert found is not None
    return found


async def request(ask: Ask, **given: Any) -> str:
    """The id of the new export."""
    answer = (await ask(REQUEST_EXPORT, input=given))["requestExport"]
    assert answer["__typename"] == "RequestExportSuccess", answer
    found: str = answer["export"]["id"]
    return found


async def export(ask: Ask, pool: asyncpg.Pool, **given: Any) -> dict[str, Any]:
    """What the graph says of the export of this, once it is done."""
    export_id = await request(ask, **given)
    await run_export(pool, read_export_id(export_id), None)
    found: dict[str, Any] = (await ask(READ_EXPORT, id=export_id))["node"]
    return {**found, "id": export_id}


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def make_link_of_creator(account: Account) -> Link:
    """Of anna, in a campaign of the account."""
    creator, campaign = await make_creator(account, "anna"), await make_campaign(account)
    await make_deliverable(account, campaign)
    await join(account, campaign, [creator], Stage.ACCEPTED)
    return await Link.get(creator_id=creator.id)


async def make_clicks(pool: asyncpg.Pool, link: Link) -> list[str]:
    """A unique, its repeat and a bot's, a second apart in Berlin, by their ids."""
    await Account.filter(id=link.account_id).update(timezone="Europe/Berlin")
    events = [
        make_event(
            link.account_id,
            at_ms=CLICKED_AT_MS + place * 1_000,
            zone="Europe/Berlin",
            visitor=visitor,
            user_agent=agent,
            link_id=link.id,
            campaign_id=link.campaign_id,
            creator_id=link.creator_id,
        )
        for place, (visitor, agent) in enumerate([(1, HUMAN), (1, HUMAN), (2, BOT)])
    ]
    await store(pool, *events, backfill=True)
    return [str(UUID(bytes=event.click_id)) for event in events]
