"""The dictionary of user agents: each distinct one is stored and parsed once, and clicks carry its number (rule 10)."""

from collections.abc import Iterable
from hashlib import blake2b

import asyncpg
import ua_parser

from tracking.bots.in_app import find_app
from tracking.clicks.event import MAX_USER_AGENT_BYTES
from tracking.clock import now_ms
from tracking.database import list_columns

_CACHE_SIZE = 20_000
_REMEMBERED_MS = 3_600_000  # one may be erased meanwhile

_INSERT = """
    INSERT INTO user_agent (digest, user_agent, browser, os, device, in_app_browser)
    SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    ON CONFLICT (digest) DO NOTHING
"""


class UserAgents:
    """Numbers of user agents, with a bounded memory. One per process."""

    def __init__(self) -> None:
        self._ids: dict[bytes, int] = {}
        self._forget_at_ms = 0

    async def resolve(self, pool: asyncpg.Pool, user_agents: Iterable[bytes]) -> dict[bytes, int]:
        """The number of each, storing the new ones.

        Outside of the caller's transaction on purpose: a number that is remembered must not be rolled back, and rows
        that many batches share must not stay locked for as long as one of them takes.
        """
        if now_ms() >= self._forget_at_ms:
            self._ids.clear()
            self._forget_at_ms = now_ms() + _REMEMBERED_MS
        wanted = {user_agent for user_agent in user_agents if user_agent}
        known = {user_agent: self._ids[user_agent] for user_agent in wanted if user_agent in self._ids}
        missing = wanted - known.keys()
        if missing:
            found = await _find_or_store(pool, missing)
            if len(self._ids) + len(found) > _CACHE_SIZE:
                self._ids.clear()
            self._ids.update(found)
            known.update(found)
        return known


async def _find_or_store(pool: asyncpg.Pool, user_agents: set[bytes]) -> dict[bytes, int]:
    by_digest = {digest_user_agent(user_agent): user_agent for user_agent in user_agents}
    ids = await _read_ids(pool, by_digest)
    missing = sorted(by_digest.keys() - ids.keys())
    if missing:
        rows = [(digest, *describe_user_agent(read_user_agent(by_digest[digest]))) for digest in missing]
        await pool.execute(_INSERT, *list_columns(rows))
        ids |= await _read_ids(pool, missing)
    return {by_digest[digest]: number for digest, number in ids.items()}


async def _read_ids(pool: asyncpg.Pool, digests: Iterable[bytes]) -> dict[bytes, int]:
    rows = await pool.fetch("SELECT digest, id FROM user_agent WHERE digest = ANY($1)", list(digests))
    return {row["digest"]: row["id"] for row in rows}


def digest_user_agent(user_agent: bytes) -> bytes:
    return blake2b(user_agent, digest_size=16).digest()


def read_user_agent(user_agent: bytes) -> str:
    """Header bytes as text that PostgreSQL takes."""
    return user_agent[:MAX_USER_AGENT_BYTES].decode("utf-8", "replace").replace("\0", "�")


def describe_user_agent(text: str) -> tuple[str, str | None, str | None, str | None, str | None]:
    """The text with its browser, operating system, device and in-app browser."""
    parsed = ua_parser.parse(text)
    browser = parsed.user_agent.family if parsed.user_agent else None
    system = parsed.os.family if parsed.os else None
    device = parsed.device.family if parsed.device else None
    return text, browser, system, device, find_app(text)
