"""To how many recipients the messages with each creative were sent (TR20)."""

from typing import Final

import asyncpg

_SENT: Final = """
    SELECT message.creative_id, count(*) AS sent
    FROM message JOIN delivery ON delivery.message_id = message.id AND delivery.status <> 'FAILED'
    WHERE message.account_id = $1 AND message.creative_id IS NOT NULL
    GROUP BY message.creative_id ORDER BY message.creative_id
"""


async def count_sent_by_creative(pool: asyncpg.Pool, account_id: int) -> dict[int, int]:
    """Recipients that the sender told of, but for the failed. What it told nothing of is left out."""
    return {row["creative_id"]: row["sent"] for row in await pool.fetch(_SENT, account_id)}
