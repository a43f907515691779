"""A new version brings a column and an index for tables in use, and replaces program after program under load."""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from anyio.from_thread import start_blocking_portal

from creatrail.embedded.folders import PROJECT
from tests.chaos.asking import asking_beside
from tests.chaos.conftest import shared_socket
from tests.chaos.load import LoadResult
from tests.chaos.table import FOUND, PROPERTY
from tests.chaos.trial import Pace, Scenario, Trial, run_trial
from tests.clicking import make_account
from tests.e2e.system import System
from tracking.schema_versions import list_known_migrations

PACKAGES = ("tracking", "redirector", "worker", "api", "creatrail", "tests/e2e")
PROGRAMS = ("redirector", "redirector 2", "ingest", "ingest 2", "jobs", "api", "api 2")
OLDER_CLICKS = 100_000  # so that columns and indexes are those of tables in use
COLUMNS = """
from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tracking", "{newest}")]
    operations = [
        ops.RunSQL(sql="ALTER TABLE link ADD COLUMN IF NOT EXISTS of_tomorrow text"),
        ops.RunSQL(sql="ALTER TABLE click ADD COLUMN IF NOT EXISTS of_tomorrow text"),
    ]
"""
INDEXES = """
from tortoise import migrations

from tracking.schema_changes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tracking", "9998_columns_of_tomorrow")]
    operations = [
        BuildIndex("link_of_tomorrow_idx", "link", "(of_tomorrow, id)"),
        BuildIndex("click_of_tomorrow_idx", "click", "(of_tomorrow, link_id)"),
    ]
"""
# Of another account and of links of its own: the clicks so far, over and over, each at its moment.
STORE_OLDER_CLICKS = """
    INSERT INTO click
    SELECT older.* FROM generate_series(1, $2 / (SELECT count(*) FROM click) + 1) AS number, click
    CROSS JOIN LATERAL jsonb_populate_record(click, jsonb_build_object(
        'account_id', $1::bigint, 'link_id', 1000000 + number,
        'id', left(click.id::text, 15) || right(md5(number || click.id::text)::uuid::text, 21)
    )) AS older
"""
MADE = """
    SELECT (SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid IN
            (to_regclass('link_of_tomorrow_idx'), to_regclass('click_of_tomorrow_idx'))) AS indexes,
        (SELECT count(*) FROM pg_attribute WHERE attname = 'of_tomorrow'
            AND attrelid IN ('link'::regclass, 'click'::regclass)) AS columns
"""


@pytest.fixture
def tomorrow(tmp_path: Path) -> Path:
    """This project with two more migrations."""
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    migrations = tmp_path / "tracking/migrations"
    (migrations / "9998_columns_of_tomorrow.py").write_text(COLUMNS.format(newest=list_known_migrations()[-1]))
    (migrations / "9999_indexes_of_tomorrow.py").write_text(INDEXES)
    return tmp_path


def migrate(system: System, tree: Path) -> None:
    """Two at once, as two hosts do."""
    command = [sys.executable, "-m", "creatrail", "migrate"]
    both = [
        subprocess.Popen(command, cwd=tree, env=system.environment, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in both:
        _, complaint = process.communicate()
        assert process.returncode == 0, complaint


async def store_older_clicks(system: System) -> None:
    async with asyncpg.create_pool(system.postgres.url, min_size=0, max_size=1) as pool:
        await pool.execute(STORE_OLDER_CLICKS, await make_account(pool, slug="older"), OLDER_CLICKS)
        await pool.execute("ANALYZE click")


async def find_no_refusal(_trial: Trial, load: LoadResult) -> None:
    assert (load.not_connected, load.unanswered, load.other) == (0, 0, {})


@pytest.mark.at_length
@pytest.mark.feature("R1", "R2", "R3")
async def test_a_migration_and_a_rolling_upgrade_under_load_lose_and_refuse_nothing(
    lone_system: System, tomorrow: Path, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    answered: Counter[int | str] = Counter()

    def upgrade(trial: Trial) -> None:
        trial.let_pass()
        with start_blocking_portal() as portal:
            portal.call(store_older_clicks, trial.system)
        with asking_beside(trial.system.programs["api"].port, "readyz", 4) as asking:
            migrate(trial.system, tomorrow)
            trial.let_pass()  # the programs of today on the schema of tomorrow
            for name in PROGRAMS:
                trial.system.programs[name].replace(tree=tomorrow)
            trial.let_pass()
            answered.update(asking.found)

    scenario = Scenario(
        "F17", "upgrade under load", upgrade, programs=PROGRAMS, settle=find_no_refusal, requests_per_s=200
    )
    with shared_socket(lone_system, "api"):
        outcome = await run_trial(lone_system, scenario, pace)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told
    assert answered.keys() == {200}
    connection = await lone_system.open_database()
    assert tuple(await connection.fetchrow(MADE)) == (2, 2)
    assert await connection.fetchval("SELECT count(*) FROM click") > OLDER_CLICKS
    await connection.close()
    done = (
        f"`creatrail migrate` twice at once adds columns and indexes to link and {OLDER_CLICKS:,} clicks; then each"
        " program of each kind is replaced"
    )
    found = (
        f"{outcome.findings.lost} lost, {outcome.load.not_connected} refused, no answer but redirects;"
        f" apis were ready {answered[200]:,} times of {answered.total():,}"
    )
    record_property(FOUND, ["F17", scenario.name, done, found])
