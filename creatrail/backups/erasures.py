"""Erasures outlive a restore: their numbers, listed while the database is there, are asked for again afterwards.

A line says no more than numbers of rows. A contact that was made after the backup is not in it, and needs nothing: ids
are not given out twice (`restoring.ID_GAP`).
"""

import asyncio
import contextlib
import datetime as dt
import sys
from pathlib import Path

import asyncpg
import msgspec
import redis.asyncio
from redis.exceptions import RedisError

from tracking.changes.service import wake_redirectors
from tracking.erasure.service import erase_contact
from tracking.errors import NotFoundError
from tracking.orm import open_orm
from tracking.settings import Settings

_LIST = """
    SELECT account_id, contact_id, requested_at FROM erasure WHERE contact_id IS NOT NULL ORDER BY requested_at, id
"""
USAGE_ERROR = 2


class ListedErasure(msgspec.Struct, frozen=True):
    account_id: int
    contact_id: int
    requested_at: dt.datetime


def print_erasures(settings: Settings) -> int:
    """JSON lines, the oldest first: those of the last eight days, for as long as late clicks are looked for."""
    for each in asyncio.run(_list(settings)):
        print(msgspec.json.encode(each).decode())
    return 0


def apply(settings: Settings, file: Path) -> int:
    """The exit status. Again it changes nothing."""
    lines = sys.stdin.read() if str(file) == "-" else file.read_text()
    try:
        listed = {msgspec.json.decode(line, type=ListedErasure) for line in lines.splitlines() if line.strip()}
    except msgspec.MsgspecError as error:
        print(f"creatrail erasures apply: {file} has a line that is not of `erasures list`: {error}", file=sys.stderr)
        return USAGE_ERROR
    known = asyncio.run(_apply(settings, listed))
    print(f"{len(listed)} erasures: {known} of contacts that are known here, {len(listed) - known} of others")
    return 0


async def _list(settings: Settings) -> list[ListedErasure]:
    connection = await asyncpg.connect(settings.database_url, timeout=10)
    try:
        return [ListedErasure(*row) for row in await connection.fetch(_LIST)]
    finally:
        await connection.close()


async def _apply(settings: Settings, listed: set[ListedErasure]) -> int:
    """How many were of contacts that are here, or whose erasure is."""
    known = 0
    async with open_orm(settings):
        for each in sorted(listed, key=lambda erasure: erasure.requested_at):
            with contextlib.suppress(NotFoundError):
                await erase_contact(each.account_id, each.contact_id)
                known += 1
    async with redis.asyncio.Redis.from_url(settings.redis_url) as client:
        with contextlib.suppress(RedisError):  # they read the log anyway
            await wake_redirectors(client)
    return known
