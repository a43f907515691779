"""The origins that accounts allow: what is known of a browser's request before it says whose it is."""

import asyncpg


async def list_allowed_origins(pool: asyncpg.Pool) -> frozenset[str]:
    """Of all accounts together: a preflight and a handshake of a WebSocket carry no credential."""
    rows = await pool.fetch("SELECT DISTINCT unnest(allowed_origins) AS origin FROM account")
    return frozenset(row["origin"] for row in rows)


async def list_origins_of_import(pool: asyncpg.Pool, import_id: int) -> frozenset[str]:
    """Of the account whose import it is; none for an import that is not there."""
    origins = await pool.fetchval(
        "SELECT allowed_origins FROM account WHERE id = (SELECT account_id FROM import WHERE id = $1)", import_id
    )
    return frozenset(origins or ())


async def list_origins_of_export(pool: asyncpg.Pool, export_id: int) -> frozenset[str]:
    """Of the account whose export it is; none for an export that is not there."""
    origins = await pool.fetchval(
        "SELECT allowed_origins FROM account WHERE id = (SELECT account_id FROM export WHERE id = $1)", export_id
    )
    return frozenset(origins or ())
