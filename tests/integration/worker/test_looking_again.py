"""The jobs role looks at conversions again: what they wait for may have come, or clicks were judged anew (R7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.converting import write_conversion
from tests.integration.worker.programs import running_worker
from tests.service import find_free_ports
from tests.settling import click, convert, read_conversion, read_figures, report_click
from tests.waiting import eventually
from tests.watching import get
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Status
from tracking.events.relay import relay_once
from tracking.settings import Settings
from worker.conversions import run_conversions, try_to_become_follower

pytestmark = pytest.mark.feature("R7", "LO15")


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool)


@asynccontextmanager
async def looking(pool: asyncpg.Pool) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    loop = asyncio.create_task(run_conversions(pool, stopping))
    yield
    stopping.set()
    await loop


async def call_a_program(pool: asyncpg.Pool, event: ClickEvent) -> None:
    """As a behaviour pass does that sees a burst."""
    learned = {UUID(bytes=event.click_id): Learned(evidence=int(Reason.HONEYPOT))}
    assert len(await relabel_clicks(pool, event.account_id, learned, Cause.BEHAVIOUR)) == 1
    async with pool.acquire() as connection:
        await relay_once(connection)


async def wait_until_credited(pool: asyncpg.Pool, report: ConversionEvent, click_id: UUID | None) -> None:
    await eventually(lambda: read_conversion(pool, report), lambda row: row["click_id"] == click_id)


async def test_a_waiting_conversion_is_credited_when_its_click_is_there(pool: asyncpg.Pool, account_id: int) -> None:
    event = make_event(account_id)
    report = report_click(event)
    await convert(pool, report)
    assert (await read_conversion(pool, report))["status"] == Status.WAITING
    async with looking(pool):
        await store(pool, event)

        row = await eventually(lambda: read_conversion(pool, report), lambda found: found["status"] == Status.APPROVED)
    assert row["click_id"].bytes == event.click_id


@pytest.mark.feature("R4")
async def test_a_credited_click_that_turns_out_a_programs_gives_the_conversion_back(
    pool: asyncpg.Pool, account_id: int
) -> None:
    first, second = await click(pool, account_id, visitor=1), await click(pool, account_id, visitor=2)
    report = report_click(first, click_ids=[first.click_id, second.click_id])
    await convert(pool, report)
    async with looking(pool):
        for event, credited in ((first, UUID(bytes=second.click_id)), (second, None)):
            await call_a_program(pool, event)

            await wait_until_credited(pool, report, credited)

    assert (await read_conversion(pool, report))["status"] == Status.UNMATCHED
    assert await read_figures(pool) == await read_figures(pool, dating=2) == {}


@pytest.mark.feature("R13")
async def test_every_event_of_the_log_is_left_behind(pool: asyncpg.Pool, account_id: int) -> None:
    """Else the log would never get rid of its old ones."""
    await click(pool, account_id)
    async with pool.acquire() as connection:
        await relay_once(connection)
    newest = await pool.fetchval("SELECT max(position) FROM event_log")

    async with looking(pool):
        await eventually(
            lambda: pool.fetchval("SELECT position FROM conversion_follower"), lambda position: position == newest
        )


async def test_one_looks_and_the_next_takes_over(pool: asyncpg.Pool) -> None:
    async with looking(pool), pool.acquire() as other:
        await eventually(lambda: pool.fetchval("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory'"))
        assert not await try_to_become_follower(other)

    async with pool.acquire() as next_one:
        assert await try_to_become_follower(next_one)
        await next_one.execute("SELECT pg_advisory_unlock_all()")


async def test_the_jobs_role_looks_and_tells_what_waits(
    pool: asyncpg.Pool, settings: Settings, account_id: int, tmp_path: Path
) -> None:
    coming = make_event(account_id)
    report = report_click(coming)
    await convert(pool, report, report_click(make_event(account_id)))
    [port] = find_free_ports(1)
    with running_worker(settings, "jobs", tmp_path / "log", WORKER_OPS_PORT=str(port)):
        await store(pool, coming)
        await eventually(lambda: read_conversion(pool, report), lambda row: row["status"] == Status.APPROVED)
        assert (await get(port, "/healthz"))[0] == 200

        metrics = (await get(port, "/metrics"))[1]
        assert "creatrail_worker_conversions_inbox 1.0" in metrics
        assert "creatrail_worker_conversions_waiting 1.0" in metrics


async def test_health_tells_of_conversions_that_nobody_looks_at(
    pool: asyncpg.Pool, settings: Settings, account_id: int, tmp_path: Path
) -> None:
    [port] = find_free_ports(1)
    conversion_id = await write_conversion(pool, account_id, status=Status.WAITING)
    async with pool.acquire() as other:
        assert await try_to_become_follower(other)
        with running_worker(settings, "jobs", tmp_path / "log", WORKER_OPS_PORT=str(port)):
            await pool.execute(
                "UPDATE conversion SET recheck_at = now() - interval '1 hour' WHERE id = $1", conversion_id
            )

            status, text = await get(port, "/healthz")
        await other.execute("SELECT pg_advisory_unlock_all()")

    assert status == 503
    assert text.startswith("conversions wait to be looked at again, the oldest for 36")
