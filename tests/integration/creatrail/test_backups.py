"""A backup holds what is stored and what is on its way; a restore puts it into empty stores, once, or does nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
import redis.asyncio

from creatrail.backups.erasures import USAGE_ERROR, apply, print_erasures
from creatrail.backups.errors import BackupError
from creatrail.backups.manifest import DATABASE, describe_files, read_manifest, write_manifest
from creatrail.backups.restoring import ID_GAP, restore_backup
from creatrail.backups.writing import write_backup
from creatrail.embedded.folders import PROJECT
from tests.brand import make_brand, make_creator, make_link
from tests.clicking import make_event, store
from tests.servers import create_database, describe_environment
from tracking.clicks.event import VERSION, encode_click
from tracking.clicks.salts import make_salts
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all
from tracking.settings import ClickTokenKey, Settings
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM

pytestmark = pytest.mark.feature("R3", "R12")
SPOOLED = "1-2-abc.open"


@pytest.fixture
async def elsewhere(settings: Settings, tmp_path: Path, worker_number: int) -> AsyncIterator[Settings]:
    """The same Redis, another empty database, another spool."""
    name = f"creatrail_restored_{worker_number}"
    url = await create_database(settings.database_url, name)
    yield msgspec.structs.replace(settings, database_url=url, spool_dir=tmp_path / "new spool")
    server = await asyncpg.connect(settings.database_url, timeout=10)
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


@pytest.fixture
async def backup(settings: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, tmp_path: Path) -> Path:
    """Of an account with nothing in it, and a spool with one file."""
    spool = tmp_path / "spool"
    spool.mkdir()
    (spool / SPOOLED).write_bytes(b"whatever a redirector wrote")
    (spool / "1-3-abc.new").write_bytes(b"")
    folder = tmp_path / "backup"
    await write_backup(msgspec.structs.replace(settings, spool_dir=spool), folder)
    return folder


async def run_command(settings: Settings, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "creatrail", *arguments),
        cwd=PROJECT,
        env=describe_environment(settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return printed.decode()


async def count_tables(settings: Settings) -> int:
    connection = await asyncpg.connect(settings.database_url, timeout=10)
    count: int = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return count


@pytest.mark.usefixtures("orm")
async def test_everything_comes_back_and_new_ids_are_far_away(
    settings: Settings, elsewhere: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, tmp_path: Path
) -> None:
    account = await make_brand()
    link = await make_link(account, await make_creator(account))
    stored, waiting, dead = (make_event(account.id, link_id=link.id, visitor=n) for n in range(3))
    await store(pool, stored)
    await fold_all(pool)
    await make_salts(pool, utc_now())
    await pool.execute("INSERT INTO visitor_salt (day, salt) VALUES ('2020-01-01', $1)", bytes(32))
    await redis_client.xadd(CLICK_STREAM, {VERSION: encode_click(waiting)})
    letter: dict[Any, Any] = {b"src": b"1-1", b"why": b"unknown", b"version": VERSION, b"event": encode_click(dead)}
    await redis_client.xadd(DEAD_CLICK_STREAM, letter)
    await write_backup(settings, tmp_path / "backup")
    later = await make_link(account, await make_creator(account))
    await redis_client.flushall()

    restored = await restore_backup(elsewhere, tmp_path / "backup")

    assert restored.waiting == 2
    [(_, entry)] = await redis_client.xrange(CLICK_STREAM)
    [(_, entry_of_dead)] = await redis_client.xrange(DEAD_CLICK_STREAM)
    assert (entry, entry_of_dead) == ({VERSION: encode_click(waiting)}, letter)
    async with asyncpg.create_pool(elsewhere.database_url, min_size=0, max_size=2) as there:
        assert [row["id"].bytes for row in await there.fetch("SELECT id FROM click")] == [stored.click_id]
        assert (await audit(there, account.id)).differences == []
        assert [row["id"] for row in await there.fetch("SELECT id FROM link")] == [link.id]
        next_id = await there.fetchval("SELECT nextval(pg_get_serial_sequence('link', 'id'))")
        assert next_id > later.id + ID_GAP - 100
        assert await there.fetchval("SELECT min(day) > '2020-01-01' FROM visitor_salt")
        assert await there.fetchval("SELECT kind FROM change_log ORDER BY seq DESC LIMIT 1") == 0


async def test_the_spool_comes_back_for_a_redirector_to_send(elsewhere: Settings, backup: Path) -> None:
    restored = await restore_backup(elsewhere, backup)

    [file] = elsewhere.spool_dir.iterdir()
    assert (restored.spooled, file.name, file.stat().st_mode & 0o777) == (1, "1-2-abc.ready", 0o600)
    assert file.read_bytes() == b"whatever a redirector wrote"


async def test_a_database_that_holds_something_is_refused(
    settings: Settings, backup: Path, redis_client: redis.asyncio.Redis
) -> None:
    with pytest.raises(BackupError, match="is not empty: give a new one"):
        await restore_backup(settings, backup)

    assert await redis_client.exists(CLICK_STREAM, DEAD_CLICK_STREAM) == 0


async def test_a_file_that_changed_is_named(elsewhere: Settings, backup: Path) -> None:
    (backup / "spool/1-2-abc.ready").write_bytes(b"something else")

    with pytest.raises(BackupError, match=r"is damaged: spool/1-2-abc\.ready$"):
        await restore_backup(elsewhere, backup)

    assert await count_tables(elsewhere) == 0


async def test_a_dump_that_ends_half_way_restores_nothing(elsewhere: Settings, backup: Path) -> None:
    manifest = read_manifest(backup)
    dump = (backup / DATABASE).read_bytes()
    (backup / DATABASE).write_bytes(dump[: len(dump) * 9 // 10])
    write_manifest(backup, msgspec.structs.replace(manifest, files=describe_files(backup)))

    with pytest.raises(BackupError, match="nothing was restored: "):
        await restore_backup(elsewhere, backup)

    assert await count_tables(elsewhere) == 0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"click_token_keys": (ClickTokenKey(key_id=1, secret=b"another key of tests"),)}, "CLICK_TOKEN_KEYS 1"),
        ({"cookie_secret": b"another secret of the tests"}, "COOKIE_SECRET"),
        ({"secrets_keys": ()}, "SECRETS_KEYS 1"),
    ],
)
async def test_other_secrets_are_named_and_refused(
    elsewhere: Settings, backup: Path, changes: dict[str, object], named: str
) -> None:
    with pytest.raises(BackupError, match=f"other secrets than these: {named}\\. "):
        await restore_backup(msgspec.structs.replace(elsewhere, **changes), backup)

    assert await count_tables(elsewhere) == 0


def test_no_secret_is_in_it(settings: Settings, backup: Path) -> None:
    held = b"".join(path.read_bytes() for path in backup.rglob("*") if path.is_file())

    for key in (*settings.click_token_keys, *settings.secrets_keys):
        assert key.secret not in held
    assert settings.cookie_secret not in held


async def test_a_backup_of_a_newer_version_is_refused(elsewhere: Settings, backup: Path) -> None:
    manifest = read_manifest(backup)
    write_manifest(backup, msgspec.structs.replace(manifest, migrations=[*manifest.migrations, "9999_of_tomorrow"]))

    with pytest.raises(BackupError, match="a newer version, with 9999_of_tomorrow"):
        await restore_backup(elsewhere, backup)


async def test_a_name_that_is_taken_is_refused_and_half_a_backup_is_none(settings: Settings, backup: Path) -> None:
    with pytest.raises(BackupError, match="is there already"):
        await write_backup(settings, backup)

    (backup / "manifest.json").unlink()
    with pytest.raises(BackupError, match="is no backup"):
        await restore_backup(settings, backup)


async def test_two_of_one_name_at_once_are_not_mixed(settings: Settings, pool: asyncpg.Pool, tmp_path: Path) -> None:
    """As of a cron that an operator does not wait for; and who is killed leaves nothing that stands in the way."""
    left = tmp_path / "backup.partial" / "spool"
    left.mkdir(parents=True)
    (left / "1-1-killed.ready").write_bytes(b"of yesterday")
    folder = tmp_path / "backup"
    attempts = await asyncio.gather(*(run_command(settings, "backup", str(folder)) for _ in range(2)))

    assert sorted("bytes" in attempt for attempt in attempts) == [False, True]
    assert any(f"creatrail backup: another backup is writing {folder}\n" == attempt for attempt in attempts)
    assert sorted(read_manifest(folder).files) == ["database.dump", "streams.bin"]
    assert not left.exists()


@pytest.mark.usefixtures("orm")
async def test_who_was_erased_after_the_backup_is_erased_again(
    settings: Settings, pool: asyncpg.Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account = await make_brand()
    contact = await Contact.create(account=account, external_id="ada@example.com", name="Ada")
    listed = tmp_path / "erasures.jsonl"
    gone = {"account_id": account.id, "contact_id": contact.id + ID_GAP, "requested_at": utc_now()}
    here = {**gone, "contact_id": contact.id}
    visitor = {**gone, "contact_id": None, "visitor_keys": ["ab" * 16]}
    listed.write_bytes(b"\n".join(msgspec.json.encode(line) for line in (gone, here, visitor)))

    for _ in ("once", "again"):
        printed = await run_command(settings, "erasures", "apply", str(listed))
        assert printed == "3 erasures: 2 asked for again, 1 of contacts that are not here\n"

    assert await Contact.all().count() == 0
    assert await pool.fetchval("SELECT array_agg(visitor_key) FROM erased_visitor") == [bytes.fromhex("ab" * 16)]
    await asyncio.to_thread(print_erasures, settings)
    lines = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["account_id"], line["contact_id"], line["visitor_keys"]) for line in lines] == [
        (account.id, contact.id, []),
        (account.id, None, ["ab" * 16]),
    ]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('{"account_id": 1}', "Object missing required field `requested_at`"),
        ('{"account_id": 1, "requested_at": "2026-01-01T00:00:00Z"}', "one of contact_id and visitor_keys is needed"),
        ('{"account_id": 1, "requested_at": "2026-01-01T00:00:00Z", "visitor_keys": ["me"]}', "non-hexadecimal number"),
    ],
)
def test_a_line_that_is_no_erasure_is_named_and_none_is_applied(
    settings: Settings, tmp_path: Path, line: str, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "erasures.jsonl"
    listed.write_text(f"\n{line}\n")

    assert apply(settings, listed) == USAGE_ERROR
    said = capsys.readouterr().err
    assert said.startswith(f"creatrail erasures apply: {listed}: line 2 is not one of `erasures list`: ")
    assert wrong in said


async def test_a_backup_is_its_owners_alone_to_read(backup: Path) -> None:
    assert {path.stat().st_mode & 0o077 for path in (backup, backup / "spool")} == {0}
