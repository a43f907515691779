"""Accounts as operators name them on the command line."""

import asyncpg


class UnknownAccountError(Exception):
    pass


async def find_account(pool: asyncpg.Pool, slug: str | None) -> int | None:
    """Its id; None is every account. Raises UnknownAccountError."""
    if slug is None:
        return None
    account_id: int | None = await pool.fetchval("SELECT id FROM account WHERE slug = $1", slug)
    if account_id is None:
        raise UnknownAccountError
    return account_id
