"""`./dev bench forgetting`: a million clicks of half a year, in which a visitor is erased, and of which old ones go."""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import asyncpg

from bench.account import BenchAccount, fill_account
from bench.exports import CLICKS, DEADLINE_S, write_clicks
from bench.figures import Figure, Outcome, Table
from bench.stores import Stores, open_stores
from tests.clicking import make_event
from tracking.clicks.partitions import make_partitions
from tracking.clicks.retention import Expired, expire_clicks
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.clock import now_ms, utc_now
from tracking.database import open_pool
from tracking.erasure.running import run_erasure
from tracking.erasure.user_agents import hide_user_agents
from tracking.erasure.visitor_service import Shown, erase_visitor
from tracking.orm import open_orm

LINKS: Final = 10_000
DAYS: Final = 180
KEPT_DAYS: Final = 100
SPAN_MS: Final = DAYS * 24 * 3_600_000
_KEEP: Final = "UPDATE account SET retention_days = $2 WHERE id = $1"
_PATIENT: Final = """
    INSERT INTO account (name, slug, timezone, currency, attribution_model, attribution_window_s, retention_days,
        creator_parameter, uses_visitor_cookie, created_at)
    VALUES ('Patient', 'patient', 'UTC', 'EUR', 'FIRST_CLICK', 2419200, 400, 'creator', false, now()) RETURNING id
"""


class Taken(NamedTuple):
    what: str
    seconds: float
    longest_store_s: float  # of one click at a time, meanwhile
    stored: int


def run(rounds: int) -> Outcome:  # noqa: ARG001 -- clicks go once; every bench is called alike
    with open_stores() as stores:
        account = asyncio.run(fill_account(stores.postgres.url, LINKS))
        taken = asyncio.run(_measure(stores, account))
    rows = [
        [each.what, f"{each.seconds:.2f}", f"{each.longest_store_s * 1000:.0f}", f"{each.stored}"] for each in taken
    ]
    header = ["what", "seconds", "longest store meanwhile, ms", "clicks stored meanwhile"]
    title = f"{CLICKS:,} clicks on {LINKS:,} links in {DAYS} days"
    figures = [Figure(f"{each.what.replace(' ', '_').replace(',', '')}_s", each.seconds) for each in taken]
    return Outcome("forgetting", tables=[Table(title, header, rows)], figures=figures)


async def _measure(stores: Stores, account: BenchAccount) -> list[Taken]:
    settings = stores.make_settings()
    pool = await open_pool(settings, max_size=8, command_timeout_s=DEADLINE_S)
    try:
        async with open_orm(settings):
            started_at = utc_now()
            await make_partitions(pool, {(started_at - dt.timedelta(days=day)).date() for day in range(-2, DAYS + 3)})
            await write_clicks(pool, account, now_ms() - SPAN_MS, SPAN_MS)
            patient = await pool.fetchval(_PATIENT)
            return [
                *await _erase(pool, account),
                await _expire(pool, account, {account.account_id: KEPT_DAYS}, "clicks of 80 days, row by row"),
                await _expire(pool, account, {patient: KEPT_DAYS}, "the partitions that are empty then"),
            ]
    finally:
        await pool.close()


async def _erase(pool: asyncpg.Pool, account: BenchAccount) -> list[Taken]:
    key: bytes = await pool.fetchval("SELECT visitor_key FROM click ORDER BY id DESC LIMIT 1")
    erasure = await erase_visitor(account.account_id, Shown(frozenset({key})))

    async def look() -> None:
        await run_erasure(pool, erasure.id, stored_until=utc_now(), now=utc_now())

    async def hide() -> None:
        await hide_user_agents(pool, erasure.id)

    return [
        await _time(pool, account, look, "a pass that finds a visitor"),
        await _time(pool, account, look, "a pass that finds nobody"),
        await _time(pool, account, hide, "who else has a user agent"),
    ]


async def _expire(pool: asyncpg.Pool, account: BenchAccount, kept: dict[int, int], what: str) -> Taken:
    for account_id, days in kept.items():
        await pool.execute(_KEEP, account_id, days)

    async def expire() -> Expired:
        return await expire_clicks(pool, utc_now())

    return await _time(pool, account, expire, what)


async def _time(pool: asyncpg.Pool, account: BenchAccount, work: Callable[[], Awaitable[Any]], what: str) -> Taken:
    agents, longest, stored = UserAgents(), 0.0, 0
    working = asyncio.ensure_future(work())
    started_at = time.perf_counter()
    while not working.done():
        began_at = time.perf_counter()
        event = make_event(account.account_id, link_id=account.links[0].link_id, visitor=now_ms())
        await store_clicks(pool, agents, [event])
        longest, stored = max(longest, time.perf_counter() - began_at), stored + 1
        await asyncio.sleep(0.02)
    await working
    return Taken(what, time.perf_counter() - started_at, longest, stored)
