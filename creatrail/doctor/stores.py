"""The doctor's look at PostgreSQL and Redis: there, recent enough, prepared for the coming days, not falling behind."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Final

import asyncpg
from redis.exceptions import RedisError

from creatrail.doctor.database_risks import find_risks
from creatrail.doctor.findings import BrokenError, Finding
from creatrail.up.stores import inspect_redis
from creatrail.up.supervised import StartFailedError
from tracking.click_shards import ClickShards
from tracking.clicks.salts import read_salts
from tracking.database import TRANSIENT_ERRORS
from tracking.schema_versions import compare_schema
from worker.watch import read_backlog

OLDEST_POSTGRESQL: Final = 15
OLD_BACKLOG_S: Final = 60

# From the last place where a date ends to the first where the next begins.
_TODAY_SOMEWHERE: Final = (dt.timedelta(hours=-12), dt.timedelta(), dt.timedelta(hours=14))
_TIDY_UP: Final = "`creatrail worker --jobs` makes them ahead: is it running?"


async def check_postgresql(pool: asyncpg.Pool, today: dt.date) -> Finding:
    """`today` in UTC."""
    try:
        version = int(await pool.fetchval("SHOW server_version_num")) // 10_000
        missing, unknown = await compare_schema(pool)
        warnings = [] if missing else [*await _find_gaps(pool, today), *await find_risks(pool)]
    except (*TRANSIENT_ERRORS, asyncpg.PostgresError) as error:
        raise BrokenError(
            f"does not answer at DATABASE_URL: {error or 'in time'}", "start it, or correct DATABASE_URL"
        ) from error
    if version < OLDEST_POSTGRESQL:
        raise BrokenError(f"is version {version}", f"use version {OLDEST_POSTGRESQL} or newer")
    if missing:
        raise BrokenError(f"lacks {len(missing)} migrations, from {missing[0]} on", "run `creatrail migrate`")
    if unknown:
        warnings.append(f"has {', '.join(unknown)} of a newer version: upgrade the programs that are left")
    return Finding(f"version {version}, every migration applied", tuple(warnings))


async def check_salts(pool: asyncpg.Pool, now: dt.datetime) -> Finding:
    """Each date that is today somewhere on Earth needs one."""
    days = {(now + offset).date() for offset in _TODAY_SOMEWHERE}
    missing = sorted(days - (await read_salts(pool, now)).keys())
    if missing:
        named = ", ".join(str(day) for day in missing)
        raise BrokenError(f"none for {named}: each redirector recognises only its own visitors", _TIDY_UP)
    return Finding(f"made for every date that is today somewhere ({min(days)} to {max(days)})")


async def check_redis(redis_url: str, stream_urls: Sequence[str], shards: ClickShards) -> Finding:
    """Where the stream is elsewhere, every Redis of it is looked at as well."""
    try:
        risks = [
            risk
            for url, setting in {**dict.fromkeys(stream_urls, "CLICK_REDIS_URLS"), redis_url: "REDIS_URL"}.items()
            for risk in await asyncio.to_thread(inspect_redis, url, setting)
        ]
        backlog = await read_backlog(shards)
    except (StartFailedError, RedisError) as error:
        raise BrokenError(
            str(error), "start it, or correct REDIS_URL or CLICK_REDIS_URLS; until then clicks go to the spool"
        ) from error
    if backlog.oldest_s > OLD_BACKLOG_S:
        risks.append(f"{backlog.waiting} clicks wait to be stored, the oldest for {backlog.oldest_s:.0f} s")
    if backlog.dead:
        risks.append(f"{backlog.dead} clicks could not be stored: see `creatrail dead list`")
    answers = "answers" if len(shards) == 1 else f"all {len(shards)} of the stream answer"
    return Finding(f"{answers}; {backlog.waiting} clicks in the stream", tuple(risks))


async def _find_gaps(pool: asyncpg.Pool, today: dt.date) -> list[str]:
    months = {f"{day:%Y_%m}" for day in (today, today + dt.timedelta(days=28))}
    names = [f"{table}_{month}" for table in ("click", "unique_click") for month in sorted(months)]
    rows = await pool.fetch("SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL", names)
    return [f"no partition {row['name']}: {_TIDY_UP}" for row in rows]
