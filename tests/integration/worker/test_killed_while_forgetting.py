"""Whoever forgets is killed at each of its points, as by kill -9, and is followed by one who ends it."""

import asyncio
import datetime as dt
import subprocess
import sys
from typing import Final

import asyncpg
import pytest
import redis.asyncio

from creatrail.embedded.folders import PROJECT
from tests.audience import make_link, make_link_site
from tests.clicking import DAY_MS, make_account, make_event, read_tables, store
from tests.erasing import search_for
from tests.erasing_visitors import COOKIE, NEEDLES, make_visit
from tests.servers import describe_environment
from tracking.clicks.retention import expire_clicks
from tracking.clock import now_ms, utc_now
from tracking.erasure.running import run_erasure
from tracking.erasure.visitor_service import Shown, erase_visitor
from tracking.reports.audit import audit
from tracking.settings import Settings

DIES: Final = 9
PROGRAM = """
import asyncio, datetime as dt, sys
from tracking.clicks.retention import expire_clicks
from tracking.clock import utc_now
from tracking.database import open_pool
from tracking.erasure.running import list_open_erasures, run_erasure
from tracking.faults import arm_faults
from tracking.settings import load_settings

async def work(what):
    pool = await open_pool(load_settings())
    if what == "expire":
        await expire_clicks(pool, utc_now())
    for erasure_id in await list_open_erasures(pool):
        await run_erasure(pool, erasure_id, stored_until=utc_now(), now=utc_now())

arm_faults(sys.argv[2])
asyncio.run(work(sys.argv[1]))
"""


async def run_until_killed(settings: Settings, work: str, point: str) -> int:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, work, point),
        cwd=PROJECT,
        env=describe_environment(settings),
        stdout=subprocess.DEVNULL,
    )
    return await process.wait()


@pytest.mark.feature("TR23", "R12")
@pytest.mark.parametrize("point", ["after_keeping_from", "before_expiry_commit"])
async def test_retention_goes_on_where_it_was_killed(pool: asyncpg.Pool, settings: Settings, point: str) -> None:
    account_id = await make_account(pool)
    patient = await make_account(pool, slug="patient")  # so that no partition goes
    await pool.execute("UPDATE account SET retention_days = 100 WHERE id = $1", account_id)
    for owner in (account_id, patient):
        at_ms = now_ms() - 150 * DAY_MS
        await store(pool, *(make_event(owner, at_ms=at_ms + place, visitor=owner) for place in range(5)), backfill=True)
    before = await read_tables(pool)

    status = await run_until_killed(settings, "expire", point)

    assert (status, (await audit(pool)).differences) == (DIES, [])
    assert (await expire_clicks(pool, utc_now())).clicks == 5
    after = await read_tables(pool)
    assert (len(after["clicks"]), after["rollups"]) == (5, before["rollups"])
    assert (await audit(pool)).differences == []


@pytest.mark.feature("TR23")
async def test_a_month_that_was_detached_and_not_dropped_is_dropped_the_next_time(
    pool: asyncpg.Pool, settings: Settings
) -> None:
    account_id = await make_account(pool)
    await store(pool, make_event(account_id, at_ms=now_ms() - 500 * DAY_MS), backfill=True)
    name = f"click_{utc_now() - dt.timedelta(days=500):%Y_%m}"

    status = await run_until_killed(settings, "expire", "after_detach")

    assert (status, await pool.fetchval("SELECT to_regclass($1) IS NULL", name)) == (DIES, False)
    assert await pool.fetchval("SELECT count(*) FROM click") == 0
    assert name in (await expire_clicks(pool, utc_now())).partitions
    assert await pool.fetchval("SELECT to_regclass($1) IS NULL", name)


@pytest.mark.feature("R10", "R12")
@pytest.mark.usefixtures("orm")
async def test_an_erasure_goes_on_where_it_was_killed(
    pool: asyncpg.Pool, settings: Settings, redis_client: redis.asyncio.Redis
) -> None:
    site = await make_link_site(pool)
    links = [await make_link(pool, site, slug) for slug in ("one", "two")]
    await store(pool, *(make_visit(site, link_id) for link_id in links))
    erasure = await erase_visitor(site.account_id, Shown(frozenset({COOKIE.visitor_id, COOKIE.day_hash})))
    before = await read_tables(pool)

    status = await run_until_killed(settings, "erase", "before_erased_clicks_commit")

    assert (status, (await audit(pool)).differences) == (DIES, [])
    assert await read_tables(pool) == before
    await run_erasure(pool, erasure.id, stored_until=utc_now(), now=utc_now())
    assert (await read_tables(pool))["rollups"] == before["rollups"]
    found = await search_for(pool, redis_client, settings.spool_dir, NEEDLES)
    assert {each.partition(" in ")[2] for each in found} == {"erased_visitor", "user_agent"}
    assert (await audit(pool)).differences == []
