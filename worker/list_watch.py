"""Lists of networks and countries, kept up to date beside ingestion: files and accounts' lists may change any time."""

import asyncio
from http import HTTPStatus
from typing import Final

import asyncpg
import structlog

from tracking.bots.hosting.files import ListStatus
from tracking.bots.hosting.operator_files import find_problems
from tracking.bots.hosting.origins import Origins
from tracking.clock import utc_now
from tracking.ops import Page
from worker.patience import ReportSuccess, is_set_within, keep_running

LOOK_EVERY_S: Final = 2.0
# Clicks that came before a start wait this long for the lists, and are stored without them rather than not at all.
LOADING_PATIENCE_S: Final = 10.0

log = structlog.get_logger()


class ListWatch:
    def __init__(self, pool: asyncpg.Pool, origins: Origins) -> None:
        self._pool = pool
        self._origins = origins
        self._loaded = asyncio.Event()
        self._told: list[ListStatus] = []

    async def run(self, stopping: asyncio.Event) -> None:
        async def follow(report_success: ReportSuccess) -> None:
            while not stopping.is_set():
                await self.look()
                report_success()
                await is_set_within(stopping, LOOK_EVERY_S)

        await keep_running("lists", follow, stopping)
        self._loaded.set()

    async def look(self) -> None:
        """Once, now."""
        await self._origins.refresh(self._pool)
        self._loaded.set()
        self._tell_changes()

    async def wait_until_loaded(self) -> None:
        await is_set_within(self._loaded, LOADING_PATIENCE_S)

    async def render(self) -> Page:
        """A line for each list of the operator's, and what is wrong with them."""
        lists = self._origins.describe()
        lines = [f"{each.name}: {each.entries} entries of {each.dated}" for each in lists if each.dated is not None]
        lines += find_problems(lists, utc_now().date())
        return Page(HTTPStatus.OK, "".join(f"{line}\n" for line in lines or ["no lists"]).encode())

    def _tell_changes(self) -> None:
        lists = self._origins.describe()
        for each in lists:
            if each not in self._told:
                log.info("list in use", name=each.name, entries=each.entries, dated=str(each.dated))
                if each.problem is not None:
                    log.warning("list not usable", name=each.name, problem=each.problem)
        self._told = lists
