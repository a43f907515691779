"""Whose host is this, and what does its account say about pages and reports? For the redirector."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

_HOSTS: Final = """
    SELECT domain.host, account.id AS account_id, account.snippet_origins, account.branding,
        ARRAY(
            SELECT snippet_key.key FROM snippet_key
            WHERE snippet_key.account_id = account.id AND snippet_key.revoked_at IS NULL
        ) AS snippet_keys
    FROM tracking_domain AS domain
    JOIN account ON account.id = domain.account_id
    WHERE domain.host = ANY ($1::text[]) AND domain.verified_at IS NOT NULL
"""


async def read_hosts(pool: asyncpg.Pool, hosts: Sequence[str], *, timeout_s: float) -> list[Any]:
    """A row for each of these that is a verified tracking domain."""
    rows: list[Any] = await pool.fetch(_HOSTS, hosts, timeout=timeout_s)
    return rows
