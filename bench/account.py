"""One account with links in great number, written straight into the tables; every bench starts from it."""

import random
from dataclasses import dataclass

import asyncpg

from tracking.clock import utc_now
from tracking.links.rules import RANDOM_SLUG_CHARS, SLUG_ALPHABET

SLUG = "bench"
TIMEZONE = "Europe/Berlin"
CREATORS = 500
CAMPAIGNS = 50
SEED = 20_260_701
LINK_COLUMNS = (
    "account_id",
    "domain_id",
    "slug",
    "is_readable",
    "kind",
    "destination_url",
    "is_destination_overridden",
    "label",
    "tags",
    "campaign_id",
    "creator_id",
    "created_at",
)


@dataclass(frozen=True)
class BenchLink:
    link_id: int
    campaign_id: int
    creator_id: int
    slug: str


@dataclass(frozen=True)
class BenchAccount:
    account_id: int
    host: str
    links: list[BenchLink]

    @property
    def slugs(self) -> list[str]:
        return [link.slug for link in self.links]


async def fill_account(database_url: str, links: int) -> BenchAccount:
    """An account with 50 campaigns, 500 creators and so many links, each of one creator in one campaign."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            account_id = await _insert_account(connection)
            host = f"{SLUG}.localhost"
            domain_id: int = await connection.fetchval(
                "INSERT INTO tracking_domain (account_id, host, verified_at, has_tls, is_default, created_at)"
                " VALUES ($1, $2, now(), false, true, now()) RETURNING id",
                account_id,
                host,
            )
            campaigns = await _insert_campaigns(connection, account_id)
            creators = await _insert_creators(connection, account_id)
            await _insert_campaign_creators(connection, account_id, campaigns, creators)
            made = await _insert_links(connection, account_id, domain_id, _plan_links(campaigns, creators, links))
        await connection.execute("ANALYZE")
        return BenchAccount(account_id, host, made)
    finally:
        await connection.close()


async def _insert_account(connection: asyncpg.Connection) -> int:
    account_id: int = await connection.fetchval(
        "INSERT INTO account (name, slug, timezone, currency, attribution_model, attribution_window_s, retention_days,"
        " creator_parameter, uses_visitor_cookie, created_at)"
        " VALUES ('Bench', $1, $2, 'EUR', 'FIRST_CLICK', 2419200, 400, 'creator', false, now())"
        " RETURNING id",
        SLUG,
        TIMEZONE,
    )
    return account_id


async def _insert_campaigns(connection: asyncpg.Connection, account_id: int) -> list[int]:
    rows = await connection.fetch(
        "INSERT INTO campaign (account_id, name, status, tags, created_at)"
        " SELECT $1, 'Campaign ' || n, 'ACTIVE', '{}', now() FROM generate_series(1, $2::int) n RETURNING id",
        account_id,
        CAMPAIGNS,
    )
    return [row["id"] for row in rows]


async def _insert_creators(connection: asyncpg.Connection, account_id: int) -> list[int]:
    rows = await connection.fetch(
        "INSERT INTO creator (account_id, public_id, handle, name, external_id, created_at)"
        " SELECT $1, 'bench' || n, 'creator' || n, 'Creator ' || n, 'member-' || n, now()"
        " FROM generate_series(1, $2::int) n RETURNING id",
        account_id,
        CREATORS,
    )
    return [row["id"] for row in rows]


async def _insert_campaign_creators(
    connection: asyncpg.Connection, account_id: int, campaigns: list[int], creators: list[int]
) -> None:
    now = utc_now()
    pairs = sorted({_choose_pair(number, campaigns, creators) for number in range(CREATORS * 2)})
    await connection.copy_records_to_table(
        "campaign_creator",
        columns=["account_id", "campaign_id", "creator_id", "stage", "added_at", "stage_changed_at"],
        records=[(account_id, campaign, creator, "ACTIVE", now, now) for campaign, creator in pairs],
    )


def _choose_pair(number: int, campaigns: list[int], creators: list[int]) -> tuple[int, int]:
    """Campaign and creator of a link. A creator's second link is in another campaign than the first."""
    creator = number % len(creators)
    return campaigns[(creator + number // len(creators)) % len(campaigns)], creators[creator]


def _plan_links(campaigns: list[int], creators: list[int], count: int) -> list[tuple[int, int, str]]:
    chance = random.Random(SEED)  # noqa: S311 -- the same slugs in every run
    slugs: dict[str, None] = {}
    while len(slugs) < count:
        slugs["".join(chance.choices(SLUG_ALPHABET, k=RANDOM_SLUG_CHARS))] = None
    return [(*_choose_pair(number, campaigns, creators), slug) for number, slug in enumerate(slugs)]


async def _insert_links(
    connection: asyncpg.Connection, account_id: int, domain_id: int, planned: list[tuple[int, int, str]]
) -> list[BenchLink]:
    now = utc_now()
    records = [
        (account_id, domain_id, slug, False, "CREATOR", _make_destination(slug), False, "", [], *keys, now)
        for *keys, slug in planned
    ]
    await connection.copy_records_to_table("link", columns=LINK_COLUMNS, records=records)
    rows = await connection.fetch("SELECT id, campaign_id, creator_id, slug FROM link ORDER BY id")
    return [BenchLink(*row) for row in rows]


def _make_destination(slug: str) -> str:
    """About as long as destinations are: a shop's page with the campaign's own parameters, 105 characters."""
    return f"https://shop.example.com/collections/summer/products/{slug}?utm_source=creator&utm_medium=social&v=2"
