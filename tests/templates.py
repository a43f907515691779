"""A migrated database is made once in each pytest process, and copied for every system on servers of its own."""

import atexit
import shutil
import subprocess
import tempfile
from pathlib import Path

from creatrail.embedded.postgres import EmbeddedPostgres
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


def _copy(data: Path, target: Path) -> None:
    """With its owner, who is nobody when we are root."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(data), str(target)], check=True)
