"""A migrated database is made once in each pytest process, and copied for every system on servers of its own."""

import atexit
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from creatrail.embedded.postgres import EmbeddedPostgres
from tests.servers import server_folders
from tracking.migrate import set_up
from tracking.settings import Settings

_made: list[Path] = []


async def start_migrated(postgres: EmbeddedPostgres, settings: Settings) -> None:
    if _made:
        _copy(_made[0], postgres.data)
        postgres.start()
        return
    postgres.start()
    await set_up(settings)
    postgres.stop()
    folder = Path(tempfile.mkdtemp(prefix="creatrail-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _copy(postgres.data, folder / "postgres")
    _made.append(folder / "postgres")
    postgres.start()


@asynccontextmanager
async def own_migrated_postgres(settings: Settings) -> AsyncIterator[tuple[EmbeddedPostgres, Settings]]:
    """A durable PostgreSQL of the test's own, and these settings with it: `crash()` and `start()` it at will."""
    with server_folders() as folders:
        server = EmbeddedPostgres(folders.state, folders.sockets)
        own = msgspec.structs.replace(settings, database_url=server.url)
        try:
            await start_migrated(server, own)
            yield server, own
        finally:
            server.stop()


def _copy(data: Path, target: Path) -> None:
    """With its owner, who is nobody when we are root."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(data), str(target)], check=True)
