"""What webhooks were sent, and are still to be sent: they name a contact by an id, and label the link to pass on."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from tracking.erasure.progress import count_rows
from tracking.erasure.rules import blank_texts
from tracking.faults import maybe_crash
from tracking.graph_ids import write_graph_id

_AT_ONCE: Final = 500

# In the order of ids, so that no body is read twice. A body is one event as JSON; of a batch one in each line.
_FIND: Final = f"""
    SELECT delivery.id, body FROM webhook_delivery AS delivery
    WHERE endpoint_id IN (SELECT id FROM webhook_endpoint WHERE account_id = $1) AND delivery.id > $2
        AND EXISTS (SELECT FROM unnest($3::bytea[]) AS needle WHERE position(needle IN body) > 0)
    ORDER BY delivery.id LIMIT {_AT_ONCE} FOR UPDATE OF delivery
"""
_REPLACE: Final = "UPDATE webhook_delivery SET body = $2 WHERE id = $1"
# An answer may repeat what it was sent.
_FORGET_ANSWERS: Final = "UPDATE webhook_attempt SET answer = NULL WHERE delivery_id = $1"


async def blank_bodies(pool: asyncpg.Pool, erasure: Mapping[str, Any]) -> int:
    """How many were changed, in short transactions."""
    contact_id = write_graph_id("Contact", erasure["contact_id"])
    ids = {contact_id: write_graph_id("Contact", erasure["stand_in_id"])}
    needles = set(erasure["needles"])
    sought = [msgspec.json.encode(text) for text in (contact_id, *needles)]
    changed, last = 0, UUID(int=0)
    while True:
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_FIND, erasure["account_id"], last, sought)
            blanked = 0
            for row in rows:
                events = [msgspec.json.decode(line) for line in row["body"].splitlines()]
                blank = b"\n".join(msgspec.json.encode(blank_texts(event, ids, needles)) for event in events)
                if blank != row["body"]:
                    await connection.execute(_REPLACE, row["id"], blank)
                    await connection.execute(_FORGET_ANSWERS, row["id"])
                    blanked += 1
            await count_rows(connection, erasure["id"], "webhook bodies", blanked)
            maybe_crash("before_erased_bodies_commit")
        changed += blanked
        if len(rows) < _AT_ONCE:
            return changed
        last = rows[-1]["id"]
