"""Whoever forgets is killed at each of its points, as by kill -9, and is followed by one who ends it."""

import asyncio
import datetime as dt
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
import pytest
import redis.asyncio

from creatrail.embedded.folders import PROJECT
from tests.brand import make_brand
from tests.clicking import DAY_MS, make_account, make_event, read_tables, store
from tests.erasing import Site, plant
from tests.erasing_visitors import WHO, Place, plant_visitor
from tests.servers import describe_environment
from tracking.clicks.retention import expire_clicks
from tracking.clock import now_ms, utc_now
from tracking.erasure.models import ErasureStatus
from tracking.erasure.visitor_service import erase_visitor
from tracking.reports.audit import audit
from tracking.settings import Settings

DIES: Final = 9
# Forks for each line that it is given, as starting anew takes long, and says how the child ended.
PROGRAM = """
import asyncio, datetime as dt, os, sys
from tracking.clicks.retention import expire_clicks
from tracking.clock import utc_now
from tracking.database import open_pool
from tracking.erasure.running import list_open_erasures, run_erasure
from tracking.faults import arm_faults
from tracking.settings import load_settings

async def work(what, hours):
    pool = await open_pool(load_settings())
    now = utc_now() + dt.timedelta(hours=hours)
    if what == "expire":
        await expire_clicks(pool, now)
    for erasure_id in await list_open_erasures(pool):
        await run_erasure(pool, erasure_id, stored_until=now, now=now)

for line in sys.stdin:
    what, faults, hours = line.split()
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    else:
        arm_faults(faults)
        asyncio.run(work(what, int(hours)))
        os._exit(0)
"""
# Points in their order, and so many hours later passes come to them.
OF_CONTACTS: Final = {
    "before_erased_clicks_commit": 1,
    "after_erased_clicks": 1,
    "before_moved_numbers_commit": 1,
    "after_moved_numbers": 1,
    "after_emptied_files": 1,
    "before_erased_bodies_commit": 1,
    "after_hidden_user_agents": 1,
    "after_blanked_user_agents": 4,
}
NUMBER_IS_MOVING: Final = ("after_erased_clicks", "before_moved_numbers_commit")
OF_VISITORS: Final = {
    "before_erased_clicks_commit": 1,
    "after_erased_clicks": 1,
    "before_renamed_reports_commit": 1,
    "after_renamed_reports": 1,
    "before_emptied_files_commit": 1,
    "after_hidden_user_agents": 1,
    "after_blanked_user_agents": 4,
}


class Forgetter:
    """A program that is killed at a point of its work."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def run(self, work: str, point: str, hours_later: int = 0) -> int:
        """How it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{work} {point} {hours_later}\n".encode())
        return int(await asyncio.wait_for(self._process.stdout.readline(), 30))

    async def erase(self, point: str, hours_later: int) -> int:
        """How it ended: a pass does not come to every point, but then the next one does."""
        return await self.run("erase", point, hours_later) or await self.run("erase", point, hours_later + 3)


@pytest.fixture
async def forgetter(settings: Settings) -> AsyncIterator[Forgetter]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM),
        cwd=PROJECT,
        env=describe_environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    yield Forgetter(process)
    process.stdin.close()
    await process.wait()


@pytest.mark.feature("TR23", "R12")
@pytest.mark.parametrize("point", ["after_keeping_from", "before_expiry_commit"])
async def test_retention_goes_on_where_it_was_killed(pool: asyncpg.Pool, forgetter: Forgetter, point: str) -> None:
    account_id = await make_account(pool)
    patient = await make_account(pool, slug="patient")  # so that no partition goes
    await pool.execute("UPDATE account SET retention_days = 100 WHERE id = $1", account_id)
    for owner in (account_id, patient):
        at_ms = now_ms() - 150 * DAY_MS
        await store(pool, *(make_event(owner, at_ms=at_ms + place, visitor=owner) for place in range(5)), backfill=True)
    before = await read_tables(pool)

    status = await forgetter.run("expire", point)

    assert (status, (await audit(pool)).differences) == (DIES, [])
    assert (await expire_clicks(pool, utc_now())).clicks == 5
    after = await read_tables(pool)
    assert (len(after["clicks"]), after["rollups"]) == (5, before["rollups"])
    assert (await audit(pool)).differences == []


@pytest.mark.feature("TR23")
async def test_a_month_that_was_detached_and_not_dropped_is_dropped_the_next_time(
    pool: asyncpg.Pool, forgetter: Forgetter
) -> None:
    account_id = await make_account(pool)
    await store(pool, make_event(account_id, at_ms=now_ms() - 500 * DAY_MS), backfill=True)
    name = f"click_{utc_now() - dt.timedelta(days=500):%Y_%m}"

    status = await forgetter.run("expire", "after_detach")

    assert (status, await pool.fetchval("SELECT to_regclass($1) IS NULL", name)) == (DIES, False)
    assert await pool.fetchval("SELECT count(*) FROM click") == 0
    assert name in (await expire_clicks(pool, utc_now())).partitions
    assert await pool.fetchval("SELECT to_regclass($1) IS NULL", name)


@pytest.mark.feature("TR23")
async def test_what_is_about_clicks_of_a_dropped_month_goes_the_next_time(
    pool: asyncpg.Pool, forgetter: Forgetter
) -> None:
    account_id = await make_account(pool)
    event = make_event(account_id, at_ms=now_ms() - 500 * DAY_MS)
    await store(pool, event, backfill=True)
    await pool.execute(
        "INSERT INTO click_label (click_id, correction_id, account_id, verdict) VALUES ($1, 1, $2, 2)",
        UUID(bytes=event.click_id),
        account_id,
    )

    status = await forgetter.run("expire", "after_partitions")

    count = "SELECT (SELECT count(*) FROM click), (SELECT count(*) FROM click_label)"
    assert (status, tuple(await pool.fetchrow(count))) == (DIES, (0, 1))
    assert (await expire_clicks(pool, utc_now())).clicks == 0
    assert tuple(await pool.fetchrow(count)) == (0, 0)


@pytest.mark.feature("R10", "R12")
@pytest.mark.usefixtures("orm")
async def test_an_erasure_of_a_visitor_goes_on_from_each_point(
    pool: asyncpg.Pool, settings: Settings, redis_client: redis.asyncio.Redis, forgetter: Forgetter, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(settings, spool_dir=tmp_path / "spool")
    place = Place(pool, redis_client, settings, await plant_visitor(pool, redis_client, settings))
    before = await place.read_counts()
    erasure = await erase_visitor(place.account_id, WHO)

    for point, hours in OF_VISITORS.items():
        assert (point, await forgetter.erase(point, hours)) == (point, DIES)
        assert (point, await place.read_counts(), await place.audit()) == (point, before, [])
    erasure = await place.run_all(erasure)

    assert (erasure.status, await place.search()) == (ErasureStatus.COMPLETED, set())
    assert await place.audit() == []


@pytest.mark.feature("R10", "R12")
@pytest.mark.usefixtures("orm")
async def test_an_erasure_of_a_contact_goes_on_from_each_point(
    pool: asyncpg.Pool, settings: Settings, redis_client: redis.asyncio.Redis, forgetter: Forgetter, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(settings, spool_dir=tmp_path / "spool")
    site = Site(pool, redis_client, settings, await plant(pool, redis_client, settings, await make_brand()))
    erasure = await site.erase()

    for point, hours in OF_CONTACTS.items():
        assert (point, await forgetter.erase(point, hours)) == (point, DIES)
        found = {each.check for each in (await audit(pool)).differences}
        # until the number moved everywhere else too, counts of the contact alone name another one than the clicks do
        named = {"totals of contacts = clicks"} if point in NUMBER_IS_MOVING else set()
        assert (point, found) == (point, named)
    erasure = await site.run_all(erasure)

    assert (erasure.status, await site.search()) == (ErasureStatus.COMPLETED, set())
    assert await site.audit() == []
