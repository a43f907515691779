"""Every export and import that ends is told once, with its end, however often its job is run, killed or given up."""

import asyncio
import datetime as dt

import asyncpg
import pytest

from tests.brand import make_brand
from tests.importing import read_no_click
from tests.integration.tracking.imports.files import notify_nobody, put_file, run
from tracking.accounts.models import Account
from tracking.events.outbox import EventKind
from tracking.exports.models import Export, ExportKind, ExportStatus
from tracking.exports.rules import GIVEN_UP_AFTER
from tracking.exports.running import fail_export, run_export
from tracking.exports.service import NewExport, request_export, tidy_exports
from tracking.imports import running
from tracking.imports.models import Import, ImportKind, ImportStatus
from tracking.imports.running import fail_import, run_import
from tracking.imports.service import UPLOAD_GRACE, NewImport, create_import, tidy_imports

pytestmark = [pytest.mark.usefixtures("orm"), pytest.mark.feature("R13")]

ROWS = [["external_id", "name"], ["m1", "Anna"]]
EXPIRED = dt.timedelta(seconds=1)


@pytest.fixture
async def account() -> Account:
    return await make_brand()


async def read_told(pool: asyncpg.Pool, account: Account, kind: EventKind) -> list[int]:
    rows = await pool.fetch(
        "SELECT entity_ids FROM event_outbox WHERE account_id = $1 AND kind = $2 ORDER BY id", account.id, kind
    )
    return [entity_id for row in rows for entity_id in row["entity_ids"]]


class TestExports:
    async def ask(self, account: Account) -> int:
        row = await request_export(account.id, NewExport(ExportKind.CONTACTS))
        export_id: int = row.id
        return export_id

    async def test_one_that_many_run_at_once_is_told_once(self, account: Account, pool: asyncpg.Pool) -> None:
        export_id = await self.ask(account)
        assert await read_told(pool, account, EventKind.EXPORT_FINISHED) == []

        await asyncio.gather(*(run_export(pool, export_id, None) for _ in range(4)))
        await run_export(pool, export_id, None)
        await fail_export(pool, export_id, "too late for that")

        assert (await Export.get(id=export_id)).status is ExportStatus.COMPLETED
        assert await read_told(pool, account, EventKind.EXPORT_FINISHED) == [export_id]

    async def test_one_that_fails_is_told_once(self, account: Account, pool: asyncpg.Pool) -> None:
        export_id = await self.ask(account)

        await fail_export(pool, export_id, "it broke")
        await fail_export(pool, export_id, "it broke again")
        await run_export(pool, export_id, None)

        assert (await Export.get(id=export_id)).failure == "it broke"
        assert await read_told(pool, account, EventKind.EXPORT_FINISHED) == [export_id]

    async def test_those_that_are_given_up_are_told_once_each(self, account: Account, pool: asyncpg.Pool) -> None:
        export_ids = [await self.ask(account), await self.ask(account)]
        young = await self.ask(account)
        await pool.execute(
            "UPDATE export SET created_at = now() - $1::interval WHERE id = ANY ($2)",
            GIVEN_UP_AFTER + EXPIRED,
            export_ids,
        )

        await tidy_exports(pool)
        await tidy_exports(pool)

        assert (await Export.get(id=young)).status is ExportStatus.QUEUED
        assert await read_told(pool, account, EventKind.EXPORT_FINISHED) == export_ids

    async def test_a_file_whose_time_is_over_is_no_news(self, account: Account, pool: asyncpg.Pool) -> None:
        export_id = await self.ask(account)
        await run_export(pool, export_id, None)
        await pool.execute("UPDATE export SET expires_at = now() - interval '1 second'")

        await tidy_exports(pool)

        assert (await Export.get(id=export_id)).status is ExportStatus.EXPIRED
        assert await read_told(pool, account, EventKind.EXPORT_FINISHED) == [export_id]


class TestImports:
    async def test_one_that_many_run_at_once_is_told_once(self, account: Account, pool: asyncpg.Pool) -> None:
        import_id = await put_file(account, ImportKind.CONTACTS, ROWS)

        await asyncio.gather(*(run_import(import_id, notify_nobody, read_no_click) for _ in range(4)))
        await run(import_id)
        await fail_import(import_id, "too late for that")

        assert (await Import.get(id=import_id)).status is ImportStatus.COMPLETED
        assert await read_told(pool, account, EventKind.IMPORT_FINISHED) == [import_id]

    async def test_a_file_that_cannot_be_read_is_told_once(self, account: Account, pool: asyncpg.Pool) -> None:
        import_id = await put_file(account, ImportKind.CONTACTS, b"\xff\xfe")

        assert (await run(import_id)).status is ImportStatus.FAILED
        await run(import_id)

        assert await read_told(pool, account, EventKind.IMPORT_FINISHED) == [import_id]

    async def test_killed_in_the_transaction_of_its_end_it_has_not_ended(
        self, account: Account, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import_id = await put_file(account, ImportKind.CONTACTS, ROWS)

        async def die(*_: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr(running, "append_entity_events", die)
            with pytest.raises(ConnectionError):
                await run(import_id)
        killed = (await Import.get(id=import_id)).status

        assert (killed, await read_told(pool, account, EventKind.IMPORT_FINISHED)) == (ImportStatus.RUNNING, [])
        assert (await run(import_id)).status is ImportStatus.COMPLETED
        assert await read_told(pool, account, EventKind.IMPORT_FINISHED) == [import_id]

    async def test_one_that_got_no_file_is_told_once(self, account: Account, pool: asyncpg.Pool) -> None:
        row = await create_import(account.id, NewImport(ImportKind.CONTACTS))
        await create_import(account.id, NewImport(ImportKind.CONTACTS))
        late = row.upload_expires_at - UPLOAD_GRACE - dt.timedelta(hours=1) - EXPIRED
        await Import.filter(id=row.id).update(upload_expires_at=late)

        await tidy_imports(pool)
        await tidy_imports(pool)

        assert await read_told(pool, account, EventKind.IMPORT_FINISHED) == [row.id]
