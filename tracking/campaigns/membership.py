"""Which campaigns a creator is in, whatever the stage."""

from collections.abc import Collection

import asyncpg


async def find_joined(pool: asyncpg.Pool, account_id: int, creator_id: int, campaign_ids: Collection[int]) -> set[int]:
    rows = await pool.fetch(
        "SELECT campaign_id FROM campaign_creator"
        " WHERE account_id = $1 AND creator_id = $2 AND campaign_id = ANY ($3::bigint[])",
        account_id,
        creator_id,
        list(campaign_ids),
    )
    return {row["campaign_id"] for row in rows}
