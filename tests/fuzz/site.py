"""What an attacker finds: watched programs on the stores of a test, an account with everything set up, and its rows."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import asyncpg
import redis.asyncio

from tests.audience import LinkSite, make_link, make_link_site, sign_click
from tests.fuzz.bad_inputs.inputs import Rows
from tests.fuzz.sending import exchange
from tests.fuzz.watching import Watched, watched_programs
from tests.reporting import make_offer, make_secret, make_signing_key, make_snippet_key
from tests.settling import click
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clock import now_ms, utc_now
from tracking.imports.models import Import, ImportKind, ImportStatus
from tracking.imports.service import NewImport, create_import
from tracking.orm import open_orm
from tracking.settings import Settings
from tracking.signed_addresses import BAD_ROWS_PATH, DOWNLOAD_PATH, UPLOAD_PATH, sign
from tracking.streams import CLICK_STREAM

LENIENT: Final = {"HEAD_DEADLINE_S": "0.3", "UNKNOWN_SLUGS_PER_MINUTE": "100000"}
WARMING: Final = {
    "redirector": b"GET /anna HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n",
    "api": b"GET /readyz HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n",
}
FILE_NAMES: Final = ("awaiting", "ended", "picture", "coded", "form", "nothing", "nuls", "bytes", "keyed", "part")
NOT_COUNTED: Final = frozenset({"tortoise_migrations"})


class Site(NamedTuple):
    settings: Settings
    pool: asyncpg.Pool
    redis: redis.asyncio.Redis
    programs: Mapping[str, Watched]
    names: dict[bytes, bytes]  # what stands in angle brackets in inputs
    count_query: str
    account_id: int

    async def count_rows(self) -> dict[str, int]:
        """Of each table, and of the stream of clicks and reports."""
        counts: dict[str, int] = dict(await self.pool.fetchrow(self.count_query))
        return counts | {"clicks": await self.redis.xlen(CLICK_STREAM)}

    async def is_serving(self, name: str) -> bool:
        answer = await exchange(self.programs[name].port, WARMING[name] % self.names[b"host"])
        return answer.startswith((b"HTTP/1.1 302 ", b"HTTP/1.1 200 "))


def find_new(before: Rows, after: Rows) -> dict[str, int]:
    return {name: after[name] - count for name, count in before.items() if after[name] != count}


@asynccontextmanager
async def open_site(settings: Settings, pool: asyncpg.Pool, client: redis.asyncio.Redis) -> AsyncIterator[Site]:
    async with open_orm(settings) as _:
        links = await make_link_site(pool)
        names = await _set_up(settings, pool, links)
        query = await write_count(pool)
        with watched_programs(settings, "redirector", "api", **LENIENT) as programs:
            yield Site(settings, pool, client, programs, names, query, links.account_id)


async def _set_up(settings: Settings, pool: asyncpg.Pool, links: LinkSite) -> dict[bytes, bytes]:
    account_id = links.account_id
    await make_link(pool, links, "anna", is_readable=True)
    offer_id = await make_offer(pool, account_id, external_id="rain")
    clicked = await click(pool, account_id, at_ms=now_ms() - 60_000)
    key = await create_api_key(account_id, "fuzz", [Scope.ADMIN])
    names = {
        "host": links.host,
        "key": key.token,
        "publishable": await make_snippet_key(pool, account_id, "ct_pub_fuzz"),
        "secret": await make_secret(pool, account_id, offer_id),
        "signing": await make_signing_key(pool, settings, account_id),
        "click": sign_click(settings, clicked.click_id),
    } | await announce_files(settings, account_id)
    return {name.encode(): value.encode() for name, value in names.items()}


async def announce_files(settings: Settings, account_id: int) -> dict[str, str]:
    """The last part of each signed address."""
    secret, later = settings.cookie_secret, utc_now() + dt.timedelta(hours=1)
    ids = {name: (await create_import(account_id, NewImport(ImportKind.CREATORS))).id for name in FILE_NAMES}
    await Import.filter(id=ids["ended"]).update(status=ImportStatus.COMPLETED, ended_at=utc_now())
    tokens = {name: sign(secret, UPLOAD_PATH, id_, later) for name, id_ in ids.items()}
    awaiting = ids["awaiting"]
    return tokens | {
        "over": sign(secret, UPLOAD_PATH, awaiting, utc_now() - dt.timedelta(seconds=1)),
        "bad rows": sign(secret, BAD_ROWS_PATH, awaiting, later),
        "export": sign(secret, DOWNLOAD_PATH, 2**40, later),
        "not there": sign(secret, UPLOAD_PATH, 2**40, later),
    }


async def write_count(pool: asyncpg.Pool) -> str:
    tables = await pool.fetch(
        "SELECT relname AS name FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
    )
    names = [row["name"] for row in tables if row["name"] not in NOT_COUNTED]
    return "SELECT " + ", ".join(f'(SELECT count(*) FROM "{name}") AS "{name}"' for name in names)
