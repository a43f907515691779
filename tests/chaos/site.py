"""An account with links for one chaos scenario: each has its own, so that stores can be shared and nothing mixes."""

import secrets
from dataclasses import dataclass

import asyncpg

from tests.clicking import make_account

CREATORS = 6
CAMPAIGNS = 2


@dataclass(frozen=True)
class Site:
    account_id: int
    zone: str
    host: str
    slugs: list[str]


async def make_site(connection: asyncpg.Connection, *, zone: str = "Asia/Kolkata") -> Site:
    """Six creators in two campaigns, linked in each, on a host of their own. The zone's hours start at half past."""
    slug = f"chaos-{secrets.token_hex(4)}"
    account_id = await make_account(connection, timezone=zone, slug=slug)
    await connection.execute("UPDATE account SET cap_per_link_hour = 1000000 WHERE id = $1", account_id)
    host = f"{slug}.localhost"
    domain_id = await connection.fetchval(
        "INSERT INTO tracking_domain (account_id, host, verified_at, has_tls, is_default, created_at)"
        " VALUES ($1, $2, now(), false, true, now()) RETURNING id",
        account_id,
        host,
    )
    links = await connection.fetch(
        f"""
        WITH campaigns AS (
            INSERT INTO campaign (account_id, name, status, tags, created_at)
            SELECT $1, 'Campaign ' || n, 'ACTIVE', '{{}}', now() FROM generate_series(1, {CAMPAIGNS}) n RETURNING id
        ),
        creators AS (
            INSERT INTO creator (account_id, public_id, handle, name, created_at)
            SELECT $1, $3 || n, 'creator' || n, '', now() FROM generate_series(1, {CREATORS}) n RETURNING id
        )
        INSERT INTO link (account_id, domain_id, slug, is_readable, kind, destination_url, is_destination_overridden,
                          label, tags, campaign_id, creator_id, created_at)
        SELECT $1, $2, 'l' || campaigns.id || '-' || creators.id, true, 'CREATOR', 'https://shop.example.com/?v=1',
               false, '', '{{}}', campaigns.id, creators.id, now() FROM campaigns, creators
        RETURNING slug
        """,
        account_id,
        domain_id,
        slug.removeprefix("chaos-"),
    )
    return Site(account_id, zone, host, [row["slug"] for row in links])
