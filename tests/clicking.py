"""Clicks for tests: events as the redirector writes them, accounts to own them, and what the tables say afterwards."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from tracking.clicks.event import ClickEvent, VisitorMethod
from tracking.clicks.ids import ClickIdMint
from tracking.clicks.prepare import CLICK_COLUMNS
from tracking.clicks.store import StoredBatch, store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.clock import now_ms
from tracking.reports.fold import fold_all
from tracking.reports.scopes import COUNTERS, Grain, Scope

HUMAN = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
BOT = b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

_mint = ClickIdMint()


def make_event(
    account_id: int, *, at_ms: int | None = None, visitor: int = 1, zone: str = "UTC", **changes: Any
) -> ClickEvent:
    """A click of a person on link 7 of creator 3 in campaign 2, now. Give what the test is about."""
    at_ms = now_ms() if at_ms is None else at_ms
    local = dt.datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).date()
    event = ClickEvent(
        click_id=_mint.mint(at_ms),
        account_id=account_id,
        link_id=7,
        campaign_id=2,
        creator_id=3,
        message_id=None,
        slot=None,
        contact_id=None,
        offer_id=None,
        sharer_id=None,
        visitor_key=visitor.to_bytes(16, "big"),
        visitor_method=VisitorMethod.HASH,
        visitor_day=local.toordinal() - dt.date(1970, 1, 1).toordinal(),
        facts=0,
        client_ip="203.0.113.7",
        user_agent=HUMAN,
        referrer=b"https://www.instagram.com/p/1",
        query=b"",
        placement="",
    )
    return msgspec.structs.replace(event, **changes)


async def make_account(pool: asyncpg.Pool, *, timezone: str = "UTC", slug: str = "acme") -> int:
    account_id: int = await pool.fetchval(
        "INSERT INTO account (name, slug, timezone, currency, attribution_model, attribution_window_s, retention_days,"
        " creator_parameter, uses_visitor_cookie, created_at)"
        " VALUES ($1, $1, $2, 'USD', 'FIRST_CLICK', 2419200, 400, 'creator', false, now()) RETURNING id",
        slug,
        timezone,
    )
    return account_id


async def store(pool: asyncpg.Pool, *events: ClickEvent, backfill: bool = False) -> StoredBatch:
    return await store_clicks(pool, UserAgents(), events, backfill=backfill)


async def read_tables(pool: asyncpg.Pool) -> dict[str, list[tuple[Any, ...]]]:
    """What is stored and counted, without what may differ between runs: numbering, and when a row was written."""
    await fold_all(pool)
    return {
        "clicks": await _read(
            pool,
            f"SELECT {', '.join(column for column in CLICK_COLUMNS if column != 'user_agent_id')}, user_agent"
            " FROM click LEFT JOIN (SELECT id AS user_agent_id, user_agent FROM user_agent) AS named"
            " USING (user_agent_id) ORDER BY id",
        ),
        "uniques": await _read(pool, "SELECT * FROM unique_click ORDER BY day, subject, subject_id, visitor_key"),
        "rollups": await _read(
            pool,
            f"SELECT account_id, scope, first_key, second_key, grain, bucket, {', '.join(COUNTERS)} FROM rollup"
            " WHERE human_clicks + suspect_clicks + bot_clicks + preview_fetches + prefetches + test_clicks > 0"
            " ORDER BY account_id, scope, first_key, second_key, grain, bucket",
        ),
    }


async def read_totals(pool: asyncpg.Pool, account_id: int) -> dict[str, int]:
    """The account's counters, everything folded."""
    await fold_all(pool)
    row = await pool.fetchrow(
        f"SELECT {', '.join(COUNTERS)} FROM rollup WHERE account_id = $1 AND scope = $2 AND grain = $3",
        account_id,
        Scope.ACCOUNT,
        Grain.TOTAL,
    )
    return dict(row) if row else dict.fromkeys(COUNTERS, 0)


async def _read(pool: asyncpg.Pool, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await pool.fetch(query)]
