import asyncio
import datetime as dt

import asyncpg
import pytest

import tracking.imports.running
from tests.brand import make_brand
from tests.importing import read_no_click
from tests.integration.tracking.imports.files import bring, count, list_problems, notify_nobody, put_file, run
from tracking.contacts.models import Contact
from tracking.creators.models import Creator
from tracking.imports.models import Import, ImportChunk, ImportFormat, ImportKind, ImportStatus
from tracking.imports.rules import BATCH_ROWS, MAX_DRY_ROWS, MAX_ROWS
from tracking.imports.running import run_import
from tracking.imports.service import UPLOAD_GRACE, NewImport, create_import, list_open_imports, tidy_imports

pytestmark = pytest.mark.usefixtures("orm")

MANY = [["external_id", "name"], *([f"m{number}", f"Name {number}"] for number in range(3 * BATCH_ROWS + 7))]
TOTAL = len(MANY) - 1


class KilledError(Exception):
    pass


class TestProgress:
    @pytest.mark.feature("CU11")
    async def test_killed_after_any_batch_it_goes_on_where_it_stood(self) -> None:
        account = await make_brand()
        import_id = await put_file(account, ImportKind.CONTACTS, MANY)

        async def kill() -> None:
            raise KilledError

        progress = []
        for _ in range(4):
            with pytest.raises(KilledError):
                await run_import(import_id, kill, read_no_click)
            progress.append((await Import.get(id=import_id)).rows_done)
        done = await run(import_id)

        assert progress == [BATCH_ROWS, 2 * BATCH_ROWS, 3 * BATCH_ROWS, TOTAL]
        assert (done.status, count(done)) == (ImportStatus.COMPLETED, (TOTAL, 0, 0, 0))
        assert await Contact.all().count() == TOTAL
        assert await ImportChunk.all().count() == 0

    @pytest.mark.feature("CU11")
    async def test_runs_at_once_do_each_row_once(self) -> None:
        account = await make_brand()
        import_id = await put_file(account, ImportKind.CONTACTS, MANY)

        await asyncio.gather(*(run_import(import_id, notify_nobody, read_no_click) for _ in range(4)))
        done = await run(import_id)

        assert (done.status, count(done)) == (ImportStatus.COMPLETED, (TOTAL, 0, 0, 0))

    async def test_two_imports_of_the_same_rows_at_once_create_each_once(self) -> None:
        account = await make_brand()
        ids = [await put_file(account, ImportKind.CONTACTS, MANY) for _ in range(2)]

        first, second = await asyncio.gather(*(run(import_id) for import_id in ids))

        assert first.created + second.created == TOTAL
        assert first.unchanged + second.unchanged == TOTAL

    async def test_what_is_over_is_not_run_again(self) -> None:
        account = await make_brand()
        done = await bring(account, ImportKind.CONTACTS, MANY)

        again = await run(done.id)

        assert (again.ended_at, count(again)) == (done.ended_at, count(done))


class TestFileFaults:
    @pytest.mark.parametrize(
        ("content", "failure"),
        [
            (b"", "the file is empty"),
            (b"external_id\n" + b"m1\n" * BATCH_ROWS * 2 + b"\xff\n", f"line {BATCH_ROWS * 2 + 2} is not UTF-8"),
            (b"external_id\n" + b"m1\n" * BATCH_ROWS * 2 + b'"m2\n', f"line {BATCH_ROWS * 2 + 2}: a quote opens there"),
            (b"name\nAnna\n", "line 1: a column is missing: external_id"),
        ],
    )
    async def test_nothing_is_written_of_a_file_that_cannot_be_read_to_its_end(
        self, content: bytes, failure: str
    ) -> None:
        account = await make_brand()

        failed = await bring(account, ImportKind.CONTACTS, content)

        assert failed.status is ImportStatus.FAILED
        assert (failed.failure or "").startswith(failure)
        assert await Contact.all().count() == 0
        assert await ImportChunk.all().count() == 0

    async def test_as_many_rows_as_are_allowed_are_taken_and_not_one_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert MAX_ROWS == 1_000_000  # as docs/imports.md says; a smaller one is met sooner
        monkeypatch.setattr(tracking.imports.running, "MAX_ROWS", TOTAL)
        account = await make_brand()
        assert (await bring(account, ImportKind.CONTACTS, MANY)).created == TOTAL

        failed = await bring(account, ImportKind.CONTACTS, [*MANY, ["one more", "Berta"]])

        assert failed.failure == f"the file has more than {TOTAL} rows: split it"
        assert await Contact.all().count() == TOTAL

    async def test_characters_that_cannot_be_stored_are_problems_and_shown(self) -> None:
        account = await make_brand()

        done = await bring(account, ImportKind.CONTACTS, b"external_id,name\nm1,a\0b\nm2,Berta\n")

        assert (count(done), await list_problems(done)) == ((1, 0, 0, 1), [(2, "name", "INVALID")])


class TestDryRun:
    @pytest.mark.feature("CU11")
    async def test_says_what_would_happen_and_writes_nothing(self) -> None:
        account = await make_brand()
        await bring(account, ImportKind.CREATORS, b"handle,external_id\nanna,m1\nberta,m2\n")
        twice = [["handle", "external_id"], *([f"c{number}", ""] for number in range(BATCH_ROWS + 5))]
        rows = [*twice, ["Anna", "m1"], ["anna2", "m1"], ["b b", "m9"], ["c0", ""], ["c1", "m1000"]]

        tried = await bring(account, ImportKind.CREATORS, rows, is_dry_run=True)
        handles = sorted([creator.handle for creator in await Creator.all()])
        real = await bring(account, ImportKind.CREATORS, rows)

        assert count(tried) == (BATCH_ROWS + 5, 3, 1, 1)
        assert handles == ["anna", "berta"]
        assert (count(real), real.rows_done) == (count(tried), tried.rows_done)
        assert await list_problems(tried) == await list_problems(real) == [(BATCH_ROWS + 9, "handle", "INVALID")]

    async def test_killed_just_before_its_end_it_is_not_counted_twice(self) -> None:
        account = await make_brand()
        done = await bring(account, ImportKind.CONTACTS, b'external_id\nm1\n"m2"x\n', is_dry_run=True)
        await Import.filter(id=done.id).update(status=ImportStatus.RUNNING, ended_at=None)

        again = await run(done.id)

        assert (again.status, count(again), again.rows_done) == (ImportStatus.COMPLETED, (1, 0, 0, 1), 2)

    async def test_takes_so_many_rows_that_others_do_not_wait_long(self) -> None:
        account = await make_brand()
        content = b"external_id\n" + b"m1\n" * (MAX_DRY_ROWS + 1)

        failed = await bring(account, ImportKind.CONTACTS, content, is_dry_run=True)

        assert failed.failure == ("a dry run takes at most 10000 rows, and the file has 10001: try a part of it")


class TestTidying:
    async def test_an_import_that_got_no_file_ends_and_its_leftovers_go(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        row = await create_import(account.id, NewImport(ImportKind.CONTACTS))
        young = await create_import(account.id, NewImport(ImportKind.CONTACTS))
        await put_file(account, ImportKind.CONTACTS, MANY)
        await pool.execute("UPDATE import_chunk SET of_import_id = $1 WHERE number = 0", row.id)
        late = row.upload_expires_at - UPLOAD_GRACE - dt.timedelta(hours=1, seconds=1)
        await Import.filter(id=row.id).update(upload_expires_at=late)

        await tidy_imports(pool)

        statuses = dict(await pool.fetch("SELECT id, status FROM import"))
        assert (statuses[row.id], statuses[young.id]) == ("FAILED", "AWAITING_UPLOAD")
        assert await ImportChunk.filter(number=0).count() == 0
        assert await ImportChunk.all().count() > 0

    async def test_what_has_a_file_and_no_end_is_open(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        await create_import(account.id, NewImport(ImportKind.CONTACTS))
        await bring(account, ImportKind.CONTACTS, MANY)
        waiting = await put_file(account, ImportKind.CONTACTS, b"{}", format=ImportFormat.JSON_LINES)

        assert await list_open_imports(pool) == [waiting]
