"""The doctor's round: the order of its steps, and which of them need which."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final

import asyncpg

from creatrail.doctor.findings import Finding, Report
from creatrail.doctor.graph import check_graph
from creatrail.doctor.journey import Journey, Target, check_redirector, find_target
from creatrail.doctor.lists import check_lists
from creatrail.doctor.machine import check_machine
from creatrail.doctor.stores import check_postgresql, check_redis, check_salts
from tracking.click_shards import ClickShards, open_click_shards
from tracking.clock import utc_now
from tracking.database import open_pool
from tracking.settings import Settings

PATIENCE_S: Final = 10.0

_JOURNEY: Final = ("salts", "link", "redirect", "worker", "report", "graph")


async def examine(
    settings: Settings, wanted: str | None = None, *, say: Callable[[str], None] = print, patience_s: float = PATIENCE_S
) -> bool:
    """Whether everything works. `wanted` is the address of the link to follow, else the newest one is."""
    report = Report(say)
    async with AsyncExitStack() as open_stores:
        pool = await open_pool(settings)
        open_stores.push_async_callback(pool.close)
        shards = await open_stores.enter_async_context(open_click_shards(settings))
        has_database = await report.check("postgresql", check_postgresql(pool, utc_now().date()))
        await report.check("redis", check_redis(settings.redis_url, settings.click_stream_urls, shards))
        await report.check("machine", check_machine(settings))
        await report.check("lists", check_lists(settings, utc_now().date()))
        has_redirector = await report.check("redirector", check_redirector(settings))
        if not has_database:
            report.skip(*_JOURNEY)
        else:
            await report.check("salts", check_salts(pool, utc_now()))
            target = await _choose_target(report, pool, wanted)
            if target is None or not has_redirector:
                report.skip(*_JOURNEY[_JOURNEY.index("redirect") :])
            else:
                await _travel(report, Journey(settings, pool, target, patience_s), shards, settings)
    return report.is_healthy


async def _choose_target(report: Report, pool: asyncpg.Pool, wanted: str | None) -> Target | None:
    chosen: list[Target] = []

    async def choose() -> Finding:
        chosen.append(await find_target(pool, wanted))
        return Finding(f"{chosen[0].host}/{chosen[0].slug}")

    return chosen[0] if await report.check("link", choose()) else None


async def _travel(report: Report, journey: Journey, shards: ClickShards, settings: Settings) -> None:
    """Each step needs the one before."""
    steps: dict[str, Callable[[], Awaitable[Finding]]] = {
        "redirect": journey.follow,
        "worker": lambda: journey.await_stored(shards),
        "report": journey.await_counted,
        "graph": lambda: check_graph(settings, journey.target, journey.tests_before + 1),
    }
    for name, step in steps.items():
        if not await report.check(name, step()):
            report.skip(*list(steps)[list(steps).index(name) + 1 :])
            return
