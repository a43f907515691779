"""What the tables say of an account, in the shape in which the oracle says what they should."""

from typing import Any
from uuid import UUID

import asyncpg

from tests.accounting.known import LABELS, UniqueRow, list_states

COLUMNS = ("id", *LABELS, "evidence", "manual_verdict", "policy_at")
JUDGED = ("verdict", "traffic_class", "reasons", "score", "ruleset", "is_counted")


async def read_rows(pool: asyncpg.Pool, account_id: int) -> list[dict[str, Any]]:
    columns = ", ".join((*COLUMNS, *JUDGED))
    rows = await pool.fetch(f"SELECT {columns} FROM click WHERE account_id = $1 ORDER BY id", account_id)
    return [dict(row) for row in rows]


async def read_holders(pool: asyncpg.Pool, account_id: int) -> dict[UniqueRow, UUID]:
    rows = await pool.fetch("SELECT * FROM unique_click WHERE account_id = $1", account_id)
    return {(row["day"], row["subject"], row["subject_id"], row["visitor_key"]): row["click_id"] for row in rows}


async def find_wrong_log_rows(pool: asyncpg.Pool, account_id: int) -> list[asyncpg.Record]:
    """Rows of the log that do not begin where the one before ended, and clicks that are not as the last one says."""
    before = ", ".join(f"log.{column}_before" for column in JUDGED)
    after = ", ".join(f"log.{column}_after" for column in JUDGED)
    following = ", ".join(f"following.{column}_before" for column in JUDGED)
    judged = ", ".join(f"click.{column}" for column in JUDGED)
    rows: list[asyncpg.Record] = await pool.fetch(
        f"SELECT log.* FROM reclassification_log AS log JOIN click ON click.id = log.click_id LEFT JOIN LATERAL ("
        " SELECT * FROM reclassification_log WHERE click_id = log.click_id AND id > log.id ORDER BY id LIMIT 1"
        f") AS following ON true WHERE log.account_id = $1 AND (ROW({before}) = ROW({after})"
        f" OR CASE WHEN following.id IS NULL THEN ROW({after}) IS DISTINCT FROM ROW({judged})"
        f" ELSE ROW({after}) IS DISTINCT FROM ROW({following}) END)",
        account_id,
    )
    return rows


class Follower:
    """Somebody who knows of the clicks only what the events name, and looks each of those up once."""

    def __init__(self) -> None:
        self.states: dict[UUID, tuple[str, ...]] = {}
        self._position = 0

    async def follow(self, pool: asyncpg.Pool, account_id: int) -> None:
        events = await pool.fetch(
            "SELECT id, ids FROM event_outbox WHERE account_id = $1 AND id > $2 ORDER BY id", account_id, self._position
        )
        if not events:
            return
        self._position = events[-1]["id"]
        told = {click_id for event in events for click_id in event["ids"]}
        rows = [row for row in await read_rows(pool, account_id) if row["id"] in told]
        self.states |= list_states(rows, (await read_holders(pool, account_id)).values())
