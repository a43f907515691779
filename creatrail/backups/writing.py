"""Makes a backup while everything runs: spool, then streams, then database, as clicks go.

What moves on meanwhile is copied twice and stored once, by its id. In any other order it could be missed.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from creatrail.backups import manifest as parts
from creatrail.backups.errors import BackupError
from creatrail.backups.manifest import Manifest, describe_files, fingerprint_keys, write_manifest
from creatrail.backups.postgres_tools import PostgresTools
from creatrail.backups.streams import copy_streams
from tracking.clock import utc_now
from tracking.migrate import hold_schema
from tracking.schema_versions import list_applied_migrations
from tracking.settings import Settings

_PARTIAL: Final = ".partial"
_OF_SPOOL: Final = frozenset({".open", ".ready"})


class Written(NamedTuple):
    waiting: int  # entries of the streams
    spooled: int  # files
    bytes: int


async def write_backup(settings: Settings, folder: Path) -> Written:
    """The folder appears whole or not at all. Everything that was answered before the call is in it."""
    began_at = utc_now()
    with _open_partial(folder) as partial:
        spooled = _copy_spool(settings.spool_dir, partial / parts.SPOOL)
        waiting = copy_streams(settings.click_stream_urls, partial / parts.STREAMS)
        async with hold_schema(settings) as connection:  # a migration would wait for the dump, and others for it
            migrations = await list_applied_migrations(connection)
            PostgresTools(settings.database_url, connection.get_server_version().major).dump(partial / parts.DATABASE)
        files = describe_files(partial)
        write_manifest(partial, Manifest(parts.FORMAT, began_at, migrations, fingerprint_keys(settings), files))
        _sync(partial)
        partial.rename(folder)
    return Written(waiting, spooled, sum(file.bytes for file in files.values()))


@contextmanager
def _open_partial(folder: Path) -> Iterator[Path]:
    """An empty folder beside it, of this backup alone: another of the same name would mix their files."""
    _require_new(folder)
    partial = folder.with_name(folder.name + _PARTIAL)
    partial.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = os.open(partial, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup is writing {folder}") from None
        _require_new(folder)  # still
        _empty(partial)  # of one that was killed
        yield partial
    finally:
        os.close(held)


def _require_new(folder: Path) -> None:
    if folder.exists():
        raise BackupError(f"{folder} is there already: give a name that is new")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _copy_spool(spool: Path, target: Path) -> int:
    """How many files. One that ends in half a record is read up to there, and one that goes was sent meanwhile."""
    target.mkdir(mode=0o700)
    copied = 0
    for path in sorted(spool.glob("*")) if spool.exists() else ():
        if path.suffix in _OF_SPOOL:
            try:
                shutil.copyfile(path, (target / path.name).with_suffix(".ready"))
                copied += 1
            except FileNotFoundError:
                continue
    return copied


def _sync(folder: Path) -> None:
    """On disk before it has its name."""
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
