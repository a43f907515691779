"""Where scenes are played: an account with links and messages in a real database, the store, the passes, the fold."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from bench.behaviour.crowd import Target
from bench.behaviour.scenes import HOSTING_NETWORKS
from tracking.bots.behaviour.service import pass_all
from tracking.bots.hosting.origins import Origins
from tracking.clicks.event import ClickEvent
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.events.relay import relay_once
from tracking.reports.fold import fold_all

BATCH = 2_000
_ACCOUNT = """
    INSERT INTO account (name, slug, timezone, currency, attribution_model, attribution_window_s, retention_days,
        creator_parameter, uses_visitor_cookie, created_at)
    VALUES ($1, $1, 'UTC', 'EUR', 'FIRST_CLICK', 2419200, 400, 'creator', false, now()) RETURNING id
"""
_DOMAIN = """
    INSERT INTO tracking_domain (account_id, host, verified_at, has_tls, is_default, created_at)
    VALUES ($1, $2, now(), false, true, now()) RETURNING id
"""
_CREATORS = """
    INSERT INTO creator (account_id, name, handle, public_id, created_at)
    SELECT $1, 'Creator ' || n, 'creator' || n, left(md5($1::bigint || ' ' || n), 12), now()
    FROM generate_series(1, $2::int) AS n RETURNING id
"""
_MESSAGE = """
    INSERT INTO message (account_id, name, channel, template, variant, domain_id, tracks_plain_urls, is_html, status,
        every_contact_done, recipients, prepared, created_at)
    VALUES ($1, 'News', 'EMAIL', 'Hello', '', $2, false, false, 'PREPARED', 0, 0, 0, now()) RETURNING id
"""
_CONTACTS = """
    INSERT INTO contact (account_id, external_id, name, created_at)
    SELECT $1, $2 || '-' || n, '', now() FROM generate_series(1, $3::int) AS n RETURNING id
"""
_LINKS = """
    INSERT INTO link (account_id, domain_id, slug, is_readable, kind, destination_url, is_destination_overridden, label,
        tags, creator_id, message_id, slot, contact_id, created_at)
    SELECT $1, $2, left(replace(gen_random_uuid()::text, '-', ''), 16), false, $3, 'https://shop.example/', false, '',
        '{}', creator_id, $4, slot, contact_id, now()
    FROM unnest($5::bigint[], $6::smallint[], $7::bigint[]) AS wanted (creator_id, slot, contact_id)
    RETURNING id, creator_id, message_id, slot, contact_id
"""


class Stage:
    """One account. Its links are those that were asked for."""

    def __init__(self, pool: asyncpg.Pool, account_id: int, domain_id: int, origins: Origins) -> None:
        self.pool = pool
        self.account_id = account_id
        self._domain_id = domain_id
        self._origins = origins
        self._user_agents = UserAgents()

    async def make_links(self, count: int) -> list[Target]:
        """Public ones, each of a creator of its own."""
        creators = [row["id"] for row in await self.pool.fetch(_CREATORS, self.account_id, count)]
        return await self._make("CREATOR", None, creators, [None] * count, [None] * count)

    async def make_message(self, name: str, contacts: int, links: int) -> list[Target]:
        message_id = await self.pool.fetchval(_MESSAGE, self.account_id, self._domain_id)
        ids = [row["id"] for row in await self.pool.fetch(_CONTACTS, self.account_id, name, contacts)]
        slots = [slot for _ in ids for slot in range(1, links + 1)]
        owners = [contact_id for contact_id in ids for _ in range(links)]
        return await self._make("RECIPIENT", message_id, [None] * len(slots), slots, owners)

    async def _make(
        self,
        kind: str,
        message_id: int | None,
        creators: Sequence[int | None],
        slots: Sequence[int | None],
        contacts: Sequence[int | None],
    ) -> list[Target]:
        rows = await self.pool.fetch(
            _LINKS, self.account_id, self._domain_id, kind, message_id, creators, slots, contacts
        )
        return [
            Target(self.account_id, row["id"], row["creator_id"], row["message_id"], row["slot"], row["contact_id"])
            for row in rows
        ]

    async def play(self, events: Sequence[ClickEvent]) -> None:
        """Store in the order of time, look around, count."""
        ordered = sorted(events, key=lambda event: event.click_id)
        for start in range(0, len(ordered), BATCH):
            batch = ordered[start : start + BATCH]
            await store_clicks(self.pool, self._user_agents, batch, origins=self._origins, backfill=True)
        async with self.pool.acquire() as connection:
            while await relay_once(connection):
                pass
        await pass_all(self.pool)
        await fold_all(self.pool)


async def open_stage(pool: asyncpg.Pool, slug: str) -> Stage:
    account_id = await pool.fetchval(_ACCOUNT, slug)
    domain_id = await pool.fetchval(_DOMAIN, account_id, f"{slug}.localhost")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hosting.txt").write_text(HOSTING_NETWORKS)
        origins = Origins(Path(folder))
        await origins.refresh(pool)
    return Stage(pool, account_id, domain_id, origins)
