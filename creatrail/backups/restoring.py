"""Puts a backup into empty stores: streams and spool first, the database in one transaction at the end.

So whoever is killed half-way begins anew: the database is still empty, and what came twice is stored once.
"""

import asyncio
import datetime as dt
import os
import shutil
from pathlib import Path
from typing import Final, NamedTuple

from creatrail.backups import manifest as parts
from creatrail.backups.errors import BackupError
from creatrail.backups.manifest import Manifest, fingerprint_keys, read_manifest
from creatrail.backups.postgres_tools import PostgresTools
from creatrail.backups.streams import restore_streams
from tracking.changes.rules import ANYTHING
from tracking.migrate import hold_schema, set_up
from tracking.schema_versions import list_known_migrations
from tracking.settings import Settings

ID_GAP: Final = 1_000_000_000
"""More ids than can have been given out since any backup: what is made now never has the id of what was lost."""

_IS_EMPTY: Final = """
    SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p'))
"""
# Positions of the log are left as they are: cursors hold moments too, and are told LOG_LOST by them.
_AFTERWARDS: Final = f"""
    DO $$
    DECLARE sequence record;
    BEGIN
        FOR sequence IN
            SELECT format('%I.%I', schemaname, sequencename) AS name, last_value FROM pg_catalog.pg_sequences
            WHERE schemaname = 'public' AND data_type = 'bigint'::regtype AND last_value IS NOT NULL
                AND sequencename <> 'event_log_position_seq'
        LOOP
            PERFORM pg_catalog.setval(sequence.name::regclass, sequence.last_value + {ID_GAP});
        END LOOP;
    END $$;
    DELETE FROM public.visitor_salt WHERE day < ((now() AT TIME ZONE 'UTC') - interval '12 hours')::date;
    INSERT INTO public.change_log (at, kind, ref_id) VALUES (clock_timestamp(), {ANYTHING}, 0);
"""


class Restored(NamedTuple):
    began_at: dt.datetime  # of the backup
    waiting: int
    spooled: int


async def restore_backup(settings: Settings, folder: Path, *, with_other_keys: bool = False) -> Restored:
    """Into stores whose database is empty; then the schema is brought up to date. Raises BackupError."""
    manifest = read_manifest(folder)
    _check_migrations(manifest)
    if not with_other_keys:
        _check_keys(manifest, settings)
    async with hold_schema(settings) as connection:
        if not await connection.fetchval(_IS_EMPTY):
            raise BackupError("the database at DATABASE_URL is not empty: give a new one, so that nothing is lost")
        waiting = restore_streams(settings.click_stream_urls[0], folder / parts.STREAMS)
        spooled = _restore_spool(folder / parts.SPOOL, settings.spool_dir)
        tools = PostgresTools(settings.database_url, connection.get_server_version().major)
        await asyncio.to_thread(tools.restore, folder / parts.DATABASE, _AFTERWARDS)
    await set_up(settings)
    return Restored(manifest.began_at, waiting, spooled)


def _check_migrations(manifest: Manifest) -> None:
    known = list_known_migrations()
    unknown = [name for name in manifest.migrations if name not in known]
    if unknown:
        raise BackupError(f"it is of a newer version, with {', '.join(unknown)}: restore it with that version")


def _check_keys(manifest: Manifest, settings: Settings) -> None:
    ours = fingerprint_keys(settings)
    missing = sorted(name for name, fingerprint in manifest.keys.items() if ours.get(name) != fingerprint)
    if missing:
        raise BackupError(
            f"it was made with other secrets than these: {', '.join(missing)}. Without them click ids, cookies and"
            " sealed secrets cannot be read: set them, or give --with-other-keys"
        )


def _restore_spool(kept: Path, spool: Path) -> int:
    """How many files. A redirector of this spool folder sends them."""
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = sorted(kept.glob("*"))
    for path in found:
        target = spool / path.name
        partial = target.with_suffix(".restoring")
        shutil.copyfile(path, partial)
        partial.chmod(0o600)
        _flush(partial)
        partial.rename(target)
    _flush(spool)
    return len(found)


def _flush(path: Path) -> None:
    """To the disk, before the database holds what only a power cut could still part from it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
