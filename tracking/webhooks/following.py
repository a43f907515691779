"""Follows the event log and queues what endpoints want of it (rule 13). One process at a time does.

How far it came is written in the transaction that queues, so nothing is left out and nothing is queued twice.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg
import structlog

from tracking.events.payloads.describing import LogRow, describe_events
from tracking.faults import maybe_crash
from tracking.webhooks.batching import Letter, Source, queue_letters
from tracking.webhooks.deliveries import Origin
from tracking.webhooks.matching import Recipient, make_matcher
from tracking.webhooks.reading import Progress, read_news

EVENTS_AT_ONCE: Final = 500
LETTERS_AT_ONCE: Final = 10_000  # if each endpoint wants each event: a transaction takes no longer than a second or two
_ROWS_AT_ONCE: Final = 2_000

_STATE: Final = """
    SELECT position, told, coalesce((SELECT max(position) FROM event_log), 0) AS newest,
        coalesce(pg_sequence_last_value(pg_get_serial_sequence('event_log', 'position')), 0) AS last
    FROM webhook_state
"""
_LOCK: Final = f"{_STATE} FOR UPDATE SKIP LOCKED"
_ADVANCE: Final = "UPDATE webhook_state SET position = $1, told = $2"
_START_AGAIN: Final = "UPDATE webhook_endpoint SET starts_after = $1 WHERE starts_after > $1"
# Read after the log was looked at: whoever is enabled later wants only what comes later.
_RECIPIENTS: Final = """
    SELECT account_id, id, event_types::text, wanted::text, batch_max_events, batch_max_wait_ms, starts_after
    FROM webhook_endpoint
    WHERE status = 'ENABLED' AND deleted_at IS NULL
        AND account_id IN (SELECT account_id FROM event_log WHERE position > $1 AND position <= $2)
    ORDER BY id
"""

log = structlog.get_logger("webhooks")


class _State(NamedTuple):
    """How far we came, the newest event that there is, and the newest position that was ever given out."""

    position: int
    told: int
    newest: int
    last: int

    @property
    def has_news(self) -> bool:
        return self.newest > self.position or self.position > self.last


async def follow_once(pool: asyncpg.Pool, public_port: int | None) -> bool | None:
    """Queue what the next events are to whom they concern. True: there may be more. None while another one does."""
    if not _State(*await pool.fetchrow(_STATE)).has_news:
        return False
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_LOCK)
        if row is None:
            return None
        state = _State(*row)
        if state.position > state.last:
            await _go_back(connection, state)
            return True
        progress = await _follow(connection, state, public_port)
        maybe_crash("after_webhook_queue")
        await connection.execute(_ADVANCE, *progress)
        maybe_crash("before_webhook_commit")
    return progress.position < state.newest


async def follow_all(pool: asyncpg.Pool, public_port: int | None = None) -> None:
    """Until the log has no more; for benches and tests."""
    while await follow_once(pool, public_port):
        pass


async def _follow(connection: asyncpg.Connection, state: _State, public_port: int | None) -> Progress:
    # who waited for the row may have seen the log before what is queued already
    until = max(state.position, min(state.newest, state.position + _ROWS_AT_ONCE))
    recipients: dict[int, list[Recipient]] = {}
    for account_id, *columns in await connection.fetch(_RECIPIENTS, state.position, until):
        recipients.setdefault(account_id, []).append(Recipient(*columns))
    if not recipients:
        return Progress(until)
    after = Progress(state.position, state.told)
    most = min(EVENTS_AT_ONCE, LETTERS_AT_ONCE // max(map(len, recipients.values())))
    news = await read_news(connection, list(recipients), after, until, max(1, most))
    for account_id, rows in news.rows.items():
        await _queue(connection, account_id, rows, recipients[account_id], public_port)
    return news.progress


async def _queue(
    connection: asyncpg.Connection,
    account_id: int,
    rows: Sequence[LogRow],
    recipients: Sequence[Recipient],
    public_port: int | None,
) -> None:
    matcher = make_matcher(tuple(recipients))
    letters = [
        Letter(event, match)
        for event in await describe_events(connection, account_id, rows, public_port)
        for match in matcher.find(event)
        if event.position > match.recipient.starts_after
    ]
    await queue_letters(connection, Source(account_id, Origin.LOG), letters)


async def _go_back(connection: asyncpg.Connection, state: _State) -> None:
    """The log is another one than that which was followed: a backup was restored. What it tells now is new."""
    log.warning("the event log was set back, webhooks go on at its end", position=state.position, last=state.last)
    await connection.execute(_START_AGAIN, state.last)
    await connection.execute(_ADVANCE, state.last, 0)
