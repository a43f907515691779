"""`creatrail backup`, `restore` and `erasures`, on stores that are given or on embedded ones, started if need be."""

import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path

import asyncpg

from creatrail.backups import erasures
from creatrail.backups.errors import BackupError
from creatrail.backups.restoring import restore_backup
from creatrail.backups.writing import write_backup
from creatrail.embedded.folders import FolderError, open_folders
from creatrail.embedded.server_process import ServerFailedError
from creatrail.local import AlreadyRunningError, hold_lock, load_local_settings
from creatrail.up.plan import make_plan
from tracking.settings import Settings, SettingsError, read_environment

_REASONS = (
    AlreadyRunningError,
    BackupError,
    FolderError,
    OSError,
    ServerFailedError,
    SettingsError,
    asyncpg.PostgresError,
)


def run_backup(folder: Path) -> int:
    """Returns the exit status."""
    with ExitStack() as running:
        try:
            written = asyncio.run(write_backup(_find_stores(running), folder.absolute()))
        except _REASONS as error:
            return _fail("backup", error)
    print(
        f"{folder}: {written.bytes:,} bytes; {written.waiting:,} entries of streams, {written.spooled} files of a spool"
    )
    print("The secrets are not in it. Keep CLICK_TOKEN_KEYS, COOKIE_SECRET and SECRETS_KEYS elsewhere.")
    return 0


def run_restore(folder: Path, *, with_other_keys: bool) -> int:
    """Returns the exit status."""
    with ExitStack() as running:
        try:
            settings = _find_stores(running, is_alone=True)
            restored = asyncio.run(restore_backup(settings, folder.absolute(), with_other_keys=with_other_keys))
        except _REASONS as error:
            return _fail("restore", error)
    print(f"restored what was answered before {restored.began_at:%Y-%m-%d %H:%M:%S} UTC, and perhaps some of the next")
    print(f"{restored.waiting:,} entries of streams and {restored.spooled} files of a spool wait to be stored")
    print(
        "Erasures that were asked for since then are undone:"
        " give them to `creatrail erasures apply` before anything starts."
    )
    return 0


def run_list_of_erasures() -> int:
    """Returns the exit status."""
    with ExitStack() as running:
        try:
            return erasures.print_erasures(_find_stores(running))
        except _REASONS as error:
            return _fail("erasures list", error)


def run_apply_erasures(file: Path) -> int:
    """Returns the exit status."""
    with ExitStack() as running:
        try:
            return erasures.apply(_find_stores(running), file)
        except _REASONS as error:
            return _fail("erasures apply", error)


def _find_stores(running: ExitStack, *, is_alone: bool = False) -> Settings:
    """Those of the environment or of the `creatrail up` that runs here; else embedded ones, which `running` stops.

    `is_alone`: not those of an `up` that runs.
    """
    environment = {name: value for name, value in read_environment().items() if value.strip()}
    if environment.get("DATABASE_URL") and environment.get("REDIS_URL"):
        return load_local_settings(environment)
    chosen = environment.get("STATE_DIR")
    folders = open_folders(Path(chosen) if chosen else None)
    try:
        running.enter_context(hold_lock(folders.state))
    except AlreadyRunningError:
        if is_alone:
            raise
        return load_local_settings(environment)
    plan = make_plan(environment, folders, wants_demo=False, is_verbose=False)
    for store in plan.stores:
        running.callback(store.server.stop)
        store.server.start()
    return plan.settings


def _fail(command: str, error: BaseException) -> int:
    print(f"creatrail {command}: {error}", file=sys.stderr)
    return 1
