"""Two databases on one server: the years of the same creators, with all clicks and with a tenth of them."""

import time
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from bench.programs import BenchError, read_cpu_with_children_s
from bench.stores import Stores
from creatrail.embedded.server_process import find_processes_in
from creatrail.seed.years.plan import FULL_SIZE, Size
from creatrail.seed.years.seeding import seed_years
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.database import open_pool
from tracking.migrate import migrate
from tracking.orm import open_orm
from tracking.report_pages.rules import WantedPage
from tracking.report_pages.service import create_report_page
from tracking.reports.scopes import Grain
from tracking.reports.scopes import Scope as ReportScope
from tracking.settings import Settings, load_settings

SLUG: Final = "years"
SETTLE_TIMEOUT_S: Final = 1_800
_CLICKS_OF_A_CREATOR: Final = 1_000  # of the smaller account, on average and at least
_LARGEST_CAMPAIGN: Final = """
    SELECT campaign.id, (starts_at AT TIME ZONE account.timezone)::date AS first_day, creators
    FROM campaign JOIN account ON account.id = account_id
    JOIN (SELECT campaign_id, count(*) AS creators FROM campaign_creator GROUP BY 1) AS places
        ON campaign_id = campaign.id
    ORDER BY creators DESC, campaign.id LIMIT 1
"""
_DAYS_OF_CREATORS: Final = f"""
    SELECT count(*) FROM rollup WHERE scope = {ReportScope.CREATOR} AND grain = {Grain.DAY} AND first_key <> 0
"""


@dataclass(frozen=True)
class Years:
    """An account, what is asked of it, and what it took to make it: seconds, and those of processors."""

    database_url: str
    clicks: int
    api_key: str
    page_token: str
    campaign_id: int
    first_day: str
    creators_in_campaign: int
    days_of_creators: int
    seeding_s: float
    seeding_cpu_s: float
    size_gb: float


def find_size(clicks: int) -> Size:
    """The full one, but for a small try, whose creators are fewer."""
    creators = min(FULL_SIZE.creators, max(clicks // 10 // _CLICKS_OF_A_CREATOR * 10, 20))
    return FULL_SIZE._replace(creators=creators, campaigns=max(FULL_SIZE.campaigns * creators // FULL_SIZE.creators, 2))


async def make_years(stores: Stores, name: str, clicks: int, size: Size) -> Years:
    """In a database of that name."""
    connection = await asyncpg.connect(stores.postgres.url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    url = stores.postgres.url_of(name)
    settings = load_settings(stores.make_environment(DATABASE_URL=url))
    await migrate(settings)
    cpu_before, started_at = _read_cpu_s(stores), time.monotonic()
    async with open_orm(settings):
        seeded = await seed_years(settings, SLUG, clicks, size)
        seconds, cpu_s = time.monotonic() - started_at, _read_cpu_s(stores) - cpu_before
        key = await create_api_key(seeded.account_id, "bench", [Scope.READ])
        found = await _settle(settings)
        page = await create_report_page(seeded.account_id, WantedPage(found["id"], None))
    if page.token is None:
        raise BenchError("the report page has no address")
    return Years(
        database_url=url,
        clicks=clicks,
        api_key=key.token,
        page_token=page.token,
        campaign_id=found["id"],
        first_day=str(found["first_day"]),
        creators_in_campaign=found["creators"],
        days_of_creators=found["days_of_creators"],
        seeding_s=seconds,
        seeding_cpu_s=cpu_s,
        size_gb=found["bytes"] / 1e9,
    )


async def _settle(settings: Settings) -> dict[str, Any]:
    """As a database is after a night: vacuumed, and written."""
    pool = await open_pool(settings, max_size=1, command_timeout_s=SETTLE_TIMEOUT_S)
    try:
        await pool.execute("VACUUM ANALYZE")
        await pool.execute("CHECKPOINT")
        campaign = await pool.fetchrow(_LARGEST_CAMPAIGN)
        days = await pool.fetchval(_DAYS_OF_CREATORS)
        size = await pool.fetchval("SELECT pg_database_size(current_database())")
        return {**campaign, "days_of_creators": days, "bytes": size}
    finally:
        await pool.close()


def _read_cpu_s(stores: Stores) -> float:
    """Of this process, and of every process that the server has or had."""
    return time.process_time() + sum(read_cpu_with_children_s(pid) for pid in find_processes_in(stores.postgres.data))
