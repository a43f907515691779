"""Deliveries of events to endpoints: each by itself, or several together where an endpoint asks for batches."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.clicks.ids import ClickIdMint
from tracking.database import list_columns
from tracking.events.payloads.describing import DescribedEvent
from tracking.webhooks.deliveries import DeliveryStatus, Origin
from tracking.webhooks.matching import Match, Recipient

_ROWS_AT_ONCE: Final = 5_000
_COLUMNS: Final = """
    id, account_id, endpoint_id, origin, replay_id, first_position, first_ordinal, webhook_id, event_types, event_ids,
    is_batch, body
"""
# A body is handed over once, however many endpoints it goes to.
_QUEUE_SINGLES: Final = f"""
    INSERT INTO webhook_delivery ({_COLUMNS}, next_at)
    SELECT letter.id, $1, letter.endpoint_id, $2, $3, event.position, event.ordinal, event.event_id, ARRAY[event.type],
        ARRAY[event.event_id], false, event.body, now()
    FROM unnest($4::uuid[], $5::bigint[], $6::bigint[]) AS letter (id, endpoint_id, place)
    JOIN unnest($7::bigint[], $8::integer[], $9::text[], $10::text[], $11::bytea[]) WITH ORDINALITY
        AS event (position, ordinal, event_id, type, body, place) USING (place)
    ON CONFLICT DO NOTHING
"""
_QUEUE_BATCH: Final = f"""
    INSERT INTO webhook_delivery ({_COLUMNS}, next_at, open_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true, $11, now() + make_interval(secs => $12),
        CASE WHEN $12 > 0 THEN now() + make_interval(secs => $12) END)
    ON CONFLICT DO NOTHING
"""
# While it has never been due, nobody has taken it. `now()` is when this transaction began, and what the index goes by.
_FIND_OPEN: Final = f"""
    SELECT batch.* FROM unnest($1::bigint[]) AS wanted (endpoint_id) CROSS JOIN LATERAL (
        SELECT endpoint_id, id, cardinality(event_ids) AS events FROM webhook_delivery
        WHERE endpoint_id = wanted.endpoint_id AND open_until > now() AND open_until > clock_timestamp()
            AND open_until = next_at AND origin = {Origin.LOG:d} AND status = {DeliveryStatus.WAITING:d}
            AND attempts = 0
        ORDER BY open_until DESC LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS batch
"""
_APPEND: Final = """
    UPDATE webhook_delivery SET event_types = event_types || $2::text[], event_ids = event_ids || $3::text[],
        body = body || '\\x0a'::bytea || $4::bytea, next_at = CASE WHEN $5 THEN now() ELSE next_at END,
        open_until = CASE WHEN $5 THEN NULL ELSE open_until END
    WHERE id = $1
"""

_mint = ClickIdMint()


class Source(NamedTuple):
    """Of what a delivery comes. `replay_id` is 0 but for a replay."""

    account_id: int
    origin: Origin
    replay_id: int = 0


class Letter(NamedTuple):
    """One event for one endpoint."""

    event: DescribedEvent
    match: Match

    @property
    def body(self) -> bytes:
        return self.event.body if self.match.fits else self.event.body_outside


async def queue_letters(connection: asyncpg.Connection, source: Source, letters: Sequence[Letter]) -> None:
    """In the caller's transaction, in their order. Doing it again adds nothing."""
    singles = [each for each in letters if each.match.recipient.batch_max_events == 1]
    for first in range(0, len(singles), _ROWS_AT_ONCE):
        await _queue_singles(connection, source, singles[first : first + _ROWS_AT_ONCE])
    by_recipient: dict[Recipient, list[Letter]] = {}
    for each in letters:
        if each.match.recipient.batch_max_events > 1:
            by_recipient.setdefault(each.match.recipient, []).append(each)
    if by_recipient:
        await _queue_batches(connection, source, by_recipient)


async def _queue_singles(connection: asyncpg.Connection, source: Source, letters: Sequence[Letter]) -> None:
    places: dict[tuple[str, bool], int] = {}
    events: list[tuple[int, int, str, str, bytes]] = []
    sent: list[tuple[UUID, int, int]] = []
    for letter in letters:
        event, (recipient, fits) = letter.event, letter.match
        place = places.setdefault((event.id, fits), len(events) + 1)
        if place > len(events):
            events.append((event.position, event.ordinal, event.id, event.type.value, letter.body))
        sent.append((UUID(bytes=_mint.mint()), recipient.id, place))
    given = [*list_columns(sent), *list_columns(events)]
    await connection.execute(_QUEUE_SINGLES, source.account_id, source.origin, source.replay_id, *given)


async def _queue_batches(
    connection: asyncpg.Connection, source: Source, by_recipient: dict[Recipient, list[Letter]]
) -> None:
    if source.origin is Origin.LOG:
        by_recipient = await _append_to_open(connection, by_recipient)
    rows = [
        _write_batch(source, recipient, letters[first : first + recipient.batch_max_events])
        for recipient, letters in by_recipient.items()
        for first in range(0, len(letters), recipient.batch_max_events)
    ]
    await connection.executemany(_QUEUE_BATCH, rows)


async def _append_to_open(
    connection: asyncpg.Connection, by_recipient: dict[Recipient, list[Letter]]
) -> dict[Recipient, list[Letter]]:
    """Answers with what found no room."""
    waiting = [recipient.id for recipient in by_recipient if recipient.batch_max_wait_ms]
    found = await connection.fetch(_FIND_OPEN, waiting) if waiting else []
    open_batches = {row["endpoint_id"]: row for row in found}
    left: dict[Recipient, list[Letter]] = {}
    rows: list[tuple[Any, ...]] = []
    for recipient, letters in by_recipient.items():
        batch = open_batches.get(recipient.id)
        room = max(recipient.batch_max_events - batch["events"], 0) if batch else 0
        if batch and room:
            rows.append((batch["id"], *_join(letters[:room]), len(letters) >= room))
        left[recipient] = letters[room:]
    await connection.executemany(_APPEND, rows)
    return left


def _write_batch(source: Source, recipient: Recipient, letters: Sequence[Letter]) -> tuple[Any, ...]:
    """What waits for more waits only where there is room for more."""
    delivery_id = UUID(bytes=_mint.mint())
    is_open = len(letters) < recipient.batch_max_events and source.origin is Origin.LOG
    return (
        delivery_id,
        source.account_id,
        recipient.id,
        source.origin,
        source.replay_id,
        letters[0].event.position,
        letters[0].event.ordinal,
        f"bat_{delivery_id.hex}",
        *_join(letters),
        recipient.batch_max_wait_ms / 1000 if is_open else 0.0,
    )


def _join(letters: Iterable[Letter]) -> tuple[list[str], list[str], bytes]:
    """Types, ids and bodies, a line each."""
    of_each = [(each.event.type.value, each.event.id, each.body) for each in letters]
    types, ids, bodies = zip(*of_each, strict=True)
    return list(types), list(ids), b"\n".join(bodies)
