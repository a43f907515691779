"""The worker's part of exports: asked for, found again, killed half-way, scheduled."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import redis.asyncio
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tests.exporting import make_clicks, make_link_of_creator
from tracking.accounts.models import Account
from tracking.exports import layouts
from tracking.exports.files import FileStore, OvertakenError, find_file, read_file
from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import Export, ExportChunk, ExportFormat, ExportKind, ExportSchedule, ExportStatus
from tracking.exports.parameters import ExportParameters, read_parameters
from tracking.exports.rules import CHUNK_BYTES
from tracking.exports.running import run_export
from tracking.exports.schedules import ScheduleFields, create_schedule, request_due_exports, update_schedule
from tracking.exports.service import NewExport, request_export
from tracking.exports.snapshots import open_snapshot
from tracking.reports.ranges import Preset
from tracking.settings import Settings
from worker.export_jobs import resume_exports, run_requested_export
from worker.stores import Stores

WIDE_ROWS = 4_000
CLICKS = NewExport(ExportKind.CLICKS)

pytestmark = pytest.mark.feature("IM21")


@pytest.fixture
def ctx(orm: TortoiseContext, settings: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> Any:
    return {"stores": Stores(pool, redis_client, [redis_client]), "settings": settings, "exports_at_it": set()}


@pytest.fixture
async def brand(ctx: Any) -> Account:
    return await make_brand()


def spell(number: int) -> str:
    """A kilobyte that says which row it is, and hardly shrinks."""
    return hashlib.shake_256(str(number).encode()).hexdigest(512)


async def read_wide_rows(_pool: asyncpg.Pool, _asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    for number in range(WIDE_ROWS):
        yield (spell(number),)


async def count_wide_rows(_pool: asyncpg.Pool, _asked: Asked) -> int | None:
    return WIDE_ROWS


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """CLICKS are rows of a kilobyte for now: the file that they make."""
    layout = Layout(ExportKind.CLICKS, "", (Column("text", str, ""),), read_wide_rows, count_wide_rows)
    monkeypatch.setitem(layouts._layouts, ExportKind.CLICKS, layout)
    return "".join(f"{line}\r\n" for line in ["text", *map(spell, range(WIDE_ROWS))]).encode()


async def read_all(pool: asyncpg.Pool, export_id: int, first: int = 0, last: int | None = None) -> bytes:
    file = await find_file(pool, export_id)
    assert file is not None
    end = file.size_bytes - 1 if last is None else last
    return b"".join([piece async for piece in read_file(pool, file, first, end)])


class TestFiles:
    async def test_a_file_of_several_chunks_is_read_from_any_byte_on(
        self, brand: Account, pool: asyncpg.Pool, wide: bytes
    ) -> None:
        row = await request_export(brand.id, CLICKS)

        await run_export(pool, row.id, None)

        done = await Export.get(id=row.id)
        assert (done.size_bytes, done.sha256) == (len(wide), hashlib.sha256(wide).digest())
        assert await ExportChunk.filter(export_id=row.id).count() == -(-len(wide) // CHUNK_BYTES) == 4
        assert await read_all(pool, row.id) == wide
        size = CHUNK_BYTES
        for first, last in [(0, 0), (size - 1, size), (size, size), (3 * size + 5, None)]:
            assert await read_all(pool, row.id, first, last) == wide[first : None if last is None else last + 1]


class TestAttempts:
    async def test_an_attempt_that_was_killed_leaves_nothing_in_the_file_of_the_next(
        self, ctx: Any, brand: Account, pool: asyncpg.Pool, wide: bytes
    ) -> None:
        row = await request_export(brand.id, CLICKS)
        killed = uuid4()
        await Export.filter(id=row.id).update(status=ExportStatus.RUNNING, attempt=killed)
        await FileStore(pool, row.id, killed).add(b"half" * CHUNK_BYTES, 7)
        assert await ExportChunk.filter(export_id=row.id).count() == 4

        await resume_exports(ctx)

        assert await read_all(pool, row.id) == wide
        assert await ExportChunk.filter(export_id=row.id, attempt=killed).count() == 0

    async def test_an_attempt_that_was_overtaken_can_add_nothing(
        self, brand: Account, pool: asyncpg.Pool, wide: bytes
    ) -> None:
        row = await request_export(brand.id, CLICKS)
        slow = uuid4()
        await Export.filter(id=row.id).update(status=ExportStatus.RUNNING, attempt=slow)
        store = FileStore(pool, row.id, slow)
        await run_export(pool, row.id, None)

        with pytest.raises(OvertakenError):
            await store.add(b"late" * CHUNK_BYTES, 7)

        assert await read_all(pool, row.id) == wide

    async def test_two_at_once_make_one_file(self, brand: Account, pool: asyncpg.Pool, wide: bytes) -> None:
        row = await request_export(brand.id, CLICKS)

        await asyncio.gather(*(run_export(pool, row.id, None) for _ in range(3)))

        assert (await Export.get(id=row.id)).status is ExportStatus.COMPLETED
        assert await read_all(pool, row.id) == wide

    async def test_one_that_another_worker_is_at_is_left_to_it(
        self, ctx: Any, brand: Account, settings: Settings
    ) -> None:
        row = await request_export(brand.id, CLICKS)
        other = await asyncpg.connect(settings.database_url)
        await other.execute("SELECT pg_advisory_lock(hashtextextended('run export', $1))", row.id)

        await run_requested_export(ctx, row.id)
        left = await Export.get(id=row.id)
        await other.close()
        await run_requested_export(ctx, row.id)

        assert left.status is ExportStatus.QUEUED
        assert (await Export.get(id=row.id)).status is ExportStatus.COMPLETED

    async def test_a_worker_that_has_enough_to_do_puts_it_off(self, ctx: Any, brand: Account) -> None:
        row = await request_export(brand.id, CLICKS)

        await run_requested_export({**ctx, "exports_at_it": {-1, -2}}, row.id)

        assert (await Export.get(id=row.id)).status is ExportStatus.QUEUED

    async def test_a_fault_of_ours_ends_it_and_is_not_run_again_and_again(self, ctx: Any, brand: Account) -> None:
        row = await request_export(brand.id, CLICKS)
        await Export.filter(id=row.id).update(parameters={"link_ids": "none"})

        await run_requested_export(ctx, row.id)

        failed = await Export.get(id=row.id)
        assert (failed.status, failed.failure) == (
            ExportStatus.FAILED,
            "an error of the service stopped it; ask for it anew",
        )


class TestSnapshot:
    @pytest.mark.feature("R12")
    async def test_what_comes_while_it_is_read_is_not_in_it(self, brand: Account, pool: asyncpg.Pool) -> None:
        link = await make_link_of_creator(brand)
        await make_clicks(pool, link)
        async with open_snapshot(pool) as connection:
            before = await connection.fetchval("SELECT count(*) FROM click")
            await make_clicks(pool, link)
            after = await connection.fetchval("SELECT count(*) FROM click")

        assert (before, after) == (3, 3)
        assert await pool.fetchval("SELECT count(*) FROM click") == 6


class TestSchedules:
    async def schedule(self, brand: Account, cron: str = "0 6 * * *") -> ExportSchedule:
        fields = ScheduleFields("Daily", ExportFormat.CSV, ExportParameters(preset=Preset.YESTERDAY), cron)
        return await create_schedule(brand.id, ExportKind.CLICKS, fields)

    async def test_what_is_due_is_asked_for_once_by_however_many_workers(self, brand: Account) -> None:
        schedule = await self.schedule(brand)
        due_at = schedule.next_run_at
        assert due_at is not None

        early = await request_due_exports(due_at - dt.timedelta(seconds=1))
        made = await asyncio.gather(*(request_due_exports(due_at) for _ in range(4)))

        assert (early, sum(len(each) for each in made)) == ([], 1)
        [row] = await Export.all()
        assert (row.schedule_id, row.due_at) == (schedule.id, due_at)
        start = due_at.replace(hour=0) - dt.timedelta(days=1)
        given = read_parameters(row.parameters)
        assert (given.range_start, given.range_end) == (start, start + dt.timedelta(days=1))

    async def test_after_a_day_off_the_last_run_is_made_and_no_other(self, brand: Account) -> None:
        schedule = await self.schedule(brand, "0 * * * *")
        assert schedule.next_run_at is not None
        last = schedule.next_run_at + dt.timedelta(hours=24)

        await request_due_exports(last + dt.timedelta(minutes=59))

        after = await ExportSchedule.get(id=schedule.id)
        assert [row.due_at for row in await Export.all()] == [last]
        assert (after.last_run_at, after.next_run_at) == (last, last + dt.timedelta(hours=1))

    async def test_a_run_that_was_made_is_not_made_again_when_its_note_was_lost(self, brand: Account) -> None:
        schedule = await self.schedule(brand)
        due_at = schedule.next_run_at
        assert due_at is not None
        await request_due_exports(due_at)
        await ExportSchedule.filter(id=schedule.id).update(next_run_at=due_at)

        assert await request_due_exports(due_at) == []
        assert await Export.all().count() == 1

    async def test_a_paused_one_asks_for_nothing_until_it_goes_on(self, brand: Account) -> None:
        schedule = await self.schedule(brand)
        assert schedule.next_run_at is not None
        later = schedule.next_run_at + dt.timedelta(days=3)

        await update_schedule(brand.id, schedule.id, {}, is_paused=True)
        paused = await request_due_exports(later)
        resumed = await update_schedule(brand.id, schedule.id, {}, is_paused=False)

        assert (paused, resumed.next_run_at) == ([], schedule.next_run_at)
        assert len(await request_due_exports(later)) == 1
