"""Numbers of providers and of versions of lists, which clicks carry; the accounts' own lists. Used by the worker."""

from collections.abc import Collection, Iterable
from hashlib import blake2b
from importlib.metadata import version
from typing import Final, NamedTuple

import asyncpg

from tracking.database import list_columns

OPERATOR: Final = 0  # in the place of an account

_INSERT_PROVIDERS: Final = """
    INSERT INTO hosting_provider (account_id, name) SELECT * FROM unnest($1::bigint[], $2::text[])
    ON CONFLICT DO NOTHING
"""
_READ_PROVIDERS: Final = """
    SELECT account_id, name, id FROM hosting_provider
    JOIN unnest($1::bigint[], $2::text[]) AS wanted (account_id, name) USING (account_id, name)
"""
_INSERT_VERSIONS: Final = """
    INSERT INTO detection_lists (digest, crawlers, user_agents, hosting, countries)
    SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[])
    ON CONFLICT DO NOTHING
"""
_READ_NUMBERED: Final = "SELECT id, hosting, countries FROM detection_lists WHERE id = ANY ($1::integer[])"

Provider = tuple[int, str]  # account, or OPERATOR, and name


class Versions(NamedTuple):
    """What a click was judged by, beside the rules."""

    crawlers: str
    user_agents: str
    hosting: str
    countries: str

    @property
    def digest(self) -> bytes:
        return blake2b("\0".join(self).encode(), digest_size=16).digest()


class OwnList(NamedTuple):
    """Of an account. `networks` is one CIDR a line."""

    id: int
    name: str
    networks: str


async def number_providers(pool: asyncpg.Pool, providers: Collection[Provider]) -> dict[Provider, int]:
    """The number of each, the same for ever and in every worker; new ones are stored."""
    found = await _read_providers(pool, providers)
    if missing := sorted(set(providers) - found.keys()):
        await pool.execute(_INSERT_PROVIDERS, *list_columns(missing))
        found |= await _read_providers(pool, missing)
    return found


async def number_versions(
    pool: asyncpg.Pool | asyncpg.Connection, versions: Collection[Versions]
) -> dict[Versions, int]:
    found = await _read_versions(pool, versions)
    if missing := sorted(set(versions) - found.keys()):
        await pool.execute(_INSERT_VERSIONS, *list_columns((each.digest, *each) for each in missing))
        found |= await _read_versions(pool, missing)
    return found


def read_packaged_versions() -> tuple[str, str]:
    """Of the lists that are part of this program: of crawlers, and of user agents."""
    return version("crawler-user-agents"), version("ua-parser-builtins")


async def renumber_versions(
    connection: asyncpg.Connection, lists_ids: Collection[int | None]
) -> dict[int | None, int | None]:
    """By the number that a click carries, the one that it gets when it is judged anew, by this program's lists.

    Its provider and its country are stored with it, so that theirs stay. What no lists were noted of stays without.
    """
    rows = await connection.fetch(_READ_NUMBERED, [lists_id for lists_id in lists_ids if lists_id is not None])
    crawlers, user_agents = read_packaged_versions()
    anew = {row["id"]: Versions(crawlers, user_agents, row["hosting"], row["countries"]) for row in rows}
    numbers = await number_versions(connection, set(anew.values()))
    return {None: None, **{lists_id: numbers[versions] for lists_id, versions in anew.items()}}


async def read_own_list_ids(pool: asyncpg.Pool) -> dict[int, tuple[int, ...]]:
    """By account, the lists in use. That tells what was added and what was taken away, in whatever order it is
    committed.
    """
    rows = await pool.fetch(
        "SELECT account_id, array_agg(id ORDER BY id) AS ids FROM hosting_list WHERE archived_at IS NULL GROUP BY 1"
    )
    return {row["account_id"]: tuple(row["ids"]) for row in rows}


async def read_own_lists(pool: asyncpg.Pool, ids: Iterable[int]) -> list[OwnList]:
    """In the order in which they were added, archived ones too."""
    rows = await pool.fetch(
        "SELECT id, name, networks FROM hosting_list WHERE id = ANY ($1::bigint[]) ORDER BY id", list(ids)
    )
    return [OwnList(**row) for row in rows]


async def _read_providers(pool: asyncpg.Pool, providers: Collection[Provider]) -> dict[Provider, int]:
    rows = await pool.fetch(_READ_PROVIDERS, *list_columns(providers)) if providers else []
    return {(row["account_id"], row["name"]): row["id"] for row in rows}


async def _read_versions(pool: asyncpg.Pool | asyncpg.Connection, versions: Iterable[Versions]) -> dict[Versions, int]:
    by_digest = {each.digest: each for each in versions}
    rows = await pool.fetch("SELECT digest, id FROM detection_lists WHERE digest = ANY ($1)", list(by_digest))
    return {by_digest[row["digest"]]: row["id"] for row in rows}
