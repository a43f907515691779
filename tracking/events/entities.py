"""What happened to rows of ours, told in the transaction of the use case; what happened to clicks: see `outbox`."""

from collections.abc import Sequence

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.events.outbox import EventKind


async def append_entity_events(
    connection: BaseDBAsyncClient, account_id: int, kind: EventKind, entity_ids: Sequence[int]
) -> None:
    """One event about these rows."""
    await connection.execute_query(
        "INSERT INTO event_outbox (account_id, kind, ids, entity_ids) VALUES ($1, $2, '{}', $3)",
        [account_id, kind.value, list(entity_ids)],
    )


def announce_each(update: str, kind: EventKind) -> str:
    """An UPDATE in SQL that tells of each row it changes, in the same statement; its status counts events."""
    return f"""
        WITH told AS ({update} RETURNING account_id, id)
        INSERT INTO event_outbox (account_id, kind, ids, entity_ids)
        SELECT account_id, {kind:d}, '{{}}', ARRAY[id] FROM told ORDER BY id
    """
