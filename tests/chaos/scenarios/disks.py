"""Disks that are full: the spool's, PostgreSQL's and Valkey's."""

import os
import re
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path
from typing import Final

from creatrail.embedded.folders import is_root
from creatrail.embedded.postgres import EmbeddedPostgres
from creatrail.embedded.valkey import EmbeddedValkey
from tests.chaos.load import LoadResult
from tests.chaos.oracle import drain
from tests.chaos.trial import Scenario, Trial

SPOOL_BYTES: Final = 1024**2
FULL_BYTES: Final = 16 * 1024  # free: what comes next needs more, sooner or later
POSTGRES_BYTES: Final = 256 * 1024**2
VALKEY_BYTES: Final = 64 * 1024**2
BALLAST: Final = "ballast"
CHUNK_BYTES: Final = 64 * 1024
NOT_DURABLE: Final = re.compile(r"^creatrail_clicks_not_durable_total (\d+)", re.MULTILINE)
STOP_S: Final = 30.0
WRITES_AGAIN: Final = "AOF write error looks solved"


def miss_root() -> str:
    return "" if is_root() else "only root can mount a small disk"


def mount_small_disk(folder: Path, size_bytes: int) -> None:
    _run("mount", "-t", "tmpfs", "-o", f"size={size_bytes},mode=700", "tmpfs", str(folder))


def unmount(folder: Path) -> None:
    _run("umount", "--lazy", str(folder))


def read_free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_bsize


def fill_spool(trial: Trial) -> None:
    trial.let_pass()
    mount_small_disk(trial.system.spool, SPOOL_BYTES)
    try:
        trial.system.valkey.crash()
        while read_free_bytes(trial.system.spool) > FULL_BYTES:
            trial.load.wait_for_more(20)
        trial.let_pass()
        trial.system.valkey.start()
        trial.let_pass()
    except BaseException:
        unmount(trial.system.spool)
        raise


async def empty_spool(trial: Trial, _: LoadResult) -> None:
    await drain(trial.system)
    unmount(trial.system.spool)


async def account_for_lost_ones(trial: Trial, result: LoadResult) -> None:
    """Whoever was sent on without an id was told so, and counted: as many as are missing, and no more."""
    await empty_spool(trial, result)
    connection = await trial.system.open_database()
    try:
        stored = await connection.fetchval("SELECT count(*) FROM click WHERE account_id = $1", trial.site.account_id)
    finally:
        await connection.close()
    assert result.without_id, "the disk was never full"
    answered = len(result.tokens) + result.plain + result.without_id
    not_durable = read_not_durable(trial)
    assert not_durable == answered - stored, f"{not_durable} are counted of {answered - stored} that are not stored"


def read_not_durable(trial: Trial) -> int:
    port = trial.system.environment["REDIRECTOR_OPS_PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as page:
        found = NOT_DURABLE.search(page.read().decode())
    assert found is not None
    return int(found[1])


def move_to_small_disk(store: EmbeddedPostgres | EmbeddedValkey, size_bytes: int) -> None:
    """Its data folder stays where it is, on a disk of its own."""
    store.stop()
    moved = store.data.with_name("moved")
    store.data.rename(moved)
    store.data.mkdir()
    mount_small_disk(store.data, size_bytes)
    _run("cp", "-a", f"{moved}/.", str(store.data))
    shutil.rmtree(moved)
    store.start()


def fill_for_a_while(trial: Trial, data: Path) -> None:
    trial.let_pass()
    ballast = data / BALLAST
    fill_disk(ballast)
    for _ in range(4):
        trial.let_pass()
        fill_disk(ballast)
    ballast.unlink()


def fill_postgres(trial: Trial) -> None:
    """It dies, or refuses what it has no room for, until there is room again."""
    postgres = trial.system.postgres
    for _ in range(trial.pace.rounds):
        fill_for_a_while(trial, postgres.data)
        if not postgres.server.has_ended():
            os.kill(postgres.server.pid, signal.SIGQUIT)
            assert postgres.server.has_ended(within_s=STOP_S)
        postgres.start()
        trial.let_pass()


def fill_valkey(trial: Trial) -> None:
    """It refuses every write, PING and what workers read, until there is room again."""
    for _ in range(trial.pace.rounds):
        fill_for_a_while(trial, trial.system.valkey.data)
        trial.let_pass()


async def find_refusals(trial: Trial, _: LoadResult) -> None:
    log = trial.system.valkey.server.log.read_text()
    assert log.count(WRITES_AGAIN) >= trial.pace.rounds, "there was room in some round, so nothing is proven"


def fill_disk(ballast: Path) -> None:
    """To the last block. PostgreSQL may free some, when it removes what a failed statement wrote."""
    file = os.open(ballast, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    try:
        while os.write(file, bytes(CHUNK_BYTES)):
            pass
    except OSError:
        return
    finally:
        os.close(file)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


# On systems of their own.
FULL_POSTGRES: Final = Scenario("F15", "the disk of PostgreSQL is full", fill_postgres, find_obstacle=miss_root)

FULL_VALKEY: Final = Scenario(
    "F15", "the disk of Valkey is full", fill_valkey, settle=find_refusals, find_obstacle=miss_root
)

FULL_SPOOL: Final = Scenario(
    "F15",
    "the disk of the spool is full",
    fill_spool,
    forgives=frozenset({"without_id", "lost_crawlers"}),
    settle=account_for_lost_ones,
    find_obstacle=miss_root,
)
SCENARIOS: Final = (FULL_SPOOL,)
