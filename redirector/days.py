"""The calendar date and its salt for each time zone, worked out once a minute instead of at every click."""

import asyncio
import datetime as dt
import secrets
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from tracking.clicks.event import VisitorMethod
from tracking.clicks.salts import SALT_BYTES, read_salts
from tracking.clicks.visitors import DayHash
from tracking.clock import utc_now
from tracking.database import TRANSIENT_ERRORS

VALID_MS: Final = 60_000
READ_EVERY_S: Final = 300.0
RETRY_EVERY_S: Final = 2.0
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()

log = structlog.get_logger()


class LocalDay(NamedTuple):
    """Good until `until_ms`. Without the date's salt one of this process is used, and the method says so (rule 5)."""

    until_ms: int
    number: int  # days since 1970-01-01
    hash: DayHash
    method: VisitorMethod


class Days:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._own_salt = secrets.token_bytes(SALT_BYTES)
        self._salts: dict[dt.date, bytes] = {}
        self._days: dict[str, LocalDay] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._try_to_read()
        self._task = asyncio.create_task(self._keep_reading())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def knows_salt(self) -> bool:
        """Of today in UTC, so that another redirector recognises the same visitors."""
        return utc_now().date() in self._salts

    def find(self, timezone: str, at_ms: int) -> LocalDay:
        day = self._days.get(timezone)
        if day is None or at_ms >= day.until_ms:
            day = self._days[timezone] = self._work_out(timezone, at_ms)
        return day

    def _work_out(self, timezone: str, at_ms: int) -> LocalDay:
        date = dt.datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(timezone)).date()
        salt = self._salts.get(date)
        # whole minutes, as midnights are at whole minutes everywhere
        until_ms = (at_ms // VALID_MS + 1) * VALID_MS
        method = VisitorMethod.NONE if salt is None else VisitorMethod.HASH
        return LocalDay(until_ms, date.toordinal() - _EPOCH, DayHash(salt or self._own_salt), method)

    async def _keep_reading(self) -> None:
        while True:
            await asyncio.sleep(READ_EVERY_S if self.knows_salt else RETRY_EVERY_S)
            await self._try_to_read()

    async def _try_to_read(self) -> None:
        try:
            self._salts = await read_salts(self._pool, utc_now())
            self._days.clear()
        except (*TRANSIENT_ERRORS, asyncpg.PostgresError) as error:
            log.warning("salts unreadable", error=type(error).__name__)
