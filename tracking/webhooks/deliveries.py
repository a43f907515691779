"""Deliveries that are due are taken for a while, sent, and their results written. Plain SQL.

Whoever takes one moves `next_at` to the end of a lease: if it is killed, the delivery is due again then.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.database import list_columns

# An endpoint that fails now and then is none that is failing.
_GRACE: Final = dt.timedelta(seconds=2)
PINGS_AT_ONCE: Final = 20


class Origin(IntEnum):
    LOG = 0
    REPLAY = 1
    PING = 2


class DeliveryStatus(IntEnum):
    WAITING = 0
    DELIVERED = 1
    GIVEN_UP = 2
    CANCELLED = 3


class Problem(StrEnum):
    """Why there was no answer."""

    DNS = "DNS"
    REFUSED_ADDRESS = "REFUSED_ADDRESS"
    TIMEOUT = "TIMEOUT"
    NO_CONNECTION = "NO_CONNECTION"
    TLS = "TLS"
    NO_HTTP = "NO_HTTP"
    NO_SECRET = "NO_SECRET"  # noqa: S105 -- none: what signs it cannot be opened
    NOT_SENT = "NOT_SENT"


class Due(NamedTuple):
    """A delivery that is ours until `leased_until`."""

    id: UUID
    endpoint_id: int
    origin: Origin
    webhook_id: str
    is_batch: bool
    body: bytes
    created_at: dt.datetime
    step: int
    leased_until: dt.datetime
    is_failing: bool  # the endpoint, for longer than by chance
    account_id: int


class Shares(NamedTuple):
    """How many may be taken for each account, by its id or as for others; and pings, of whomever."""

    of_accounts: Mapping[int, int]
    of_others: int
    pings: int = PINGS_AT_ONCE


class Result(NamedTuple):
    """What came of one attempt. `wait_s` is until the next one, while the delivery is waiting."""

    delivery_id: UUID
    leased_until: dt.datetime
    status: DeliveryStatus
    wait_s: float
    at: dt.datetime
    duration_ms: int
    status_code: int | None
    problem: Problem | None
    answer: str | None


# For who ends deliveries of an endpoint that is gone.
CANCEL: Final = f"""
    UPDATE webhook_delivery
    SET status = {DeliveryStatus.CANCELLED:d}, next_at = NULL, open_until = NULL, ended_at = now()
"""
# Endpoints in a different order each time, those that are failing last: whatever waits for one holds up no other.
# But one of each account that is failing comes first, or it would wait for as long as others have something to send.
# No account takes more than its share, and all together leave room for who comes next.
# A ping is sent to endpoints that take nothing else too: it is how their owners try them. One at a time of each.
_CLAIM: Final = f"""
    WITH enabled AS (
        SELECT id, account_id, coalesce(failing_since < now() - $5::interval, false) AS is_failing
        FROM webhook_endpoint
        WHERE status = 'ENABLED' AND deleted_at IS NULL AND (not_before IS NULL OR not_before <= now())
            AND EXISTS (
                SELECT FROM webhook_delivery
                WHERE endpoint_id = webhook_endpoint.id AND next_at <= now() AND origin <> {Origin.PING:d}
            )
    ), free AS (
        (
            SELECT id, account_id, is_failing, coalesce(room, $3) AS slots, false AS is_last FROM enabled
            LEFT JOIN unnest($1::bigint[], $2::integer[]) AS known (id, room) USING (id)
            WHERE NOT is_failing AND coalesce(room, $3) > 0
        )
        UNION ALL
        (
            SELECT id, account_id, is_failing, 1,
                row_number() OVER (PARTITION BY account_id ORDER BY random()) > 1 AS is_last
            FROM enabled LEFT JOIN unnest($1::bigint[], $2::integer[]) AS known (id, room) USING (id)
            WHERE is_failing AND coalesce(room, 1) > 0
            ORDER BY is_last, random() LIMIT $6
        )
    ), shared AS MATERIALIZED (
        SELECT id, least(slots, share - before) AS slots FROM (
            SELECT id, slots, coalesce(given.share, $10) AS share, is_last,
                sum(slots) OVER (
                    PARTITION BY account_id ORDER BY is_last, is_failing DESC, chance, id
                ) - slots AS before
            FROM (SELECT *, random() AS chance FROM free) AS free
            LEFT JOIN unnest($8::bigint[], $9::integer[]) AS given (account_id, share) USING (account_id)
        ) AS free
        WHERE share > before ORDER BY is_last, random()
    ), due AS (
        SELECT delivery.id FROM shared CROSS JOIN LATERAL (
            SELECT id FROM webhook_delivery
            WHERE endpoint_id = shared.id AND next_at <= now() AND origin <> {Origin.PING:d}
            ORDER BY next_at LIMIT shared.slots FOR UPDATE SKIP LOCKED
        ) AS delivery
        LIMIT $4
    ), ping AS (
        SELECT id FROM webhook_delivery AS ping
        WHERE origin = {Origin.PING:d} AND next_at <= now() AND NOT EXISTS (
            SELECT FROM webhook_delivery AS earlier WHERE origin = {Origin.PING:d} AND next_at IS NOT NULL
                AND earlier.endpoint_id = ping.endpoint_id AND earlier.id < ping.id
        )
        ORDER BY random() LIMIT $11 FOR UPDATE SKIP LOCKED
    )
    UPDATE webhook_delivery AS delivery SET next_at = now() + $7::interval, open_until = NULL
    FROM (SELECT id FROM due UNION SELECT id FROM ping) AS taken, webhook_endpoint AS endpoint
    WHERE delivery.id = taken.id AND endpoint.id = delivery.endpoint_id AND endpoint.deleted_at IS NULL
    RETURNING delivery.id, endpoint_id, origin, webhook_id, is_batch, body, delivery.created_at, step, next_at,
        coalesce(failing_since < now() - $5::interval, false), delivery.account_id
"""
# Who was late and lost the lease may still tell that it was delivered; a failure it keeps to itself.
_RECORD: Final = f"""
    WITH given AS (
        SELECT * FROM unnest(
            $1::uuid[], $2::timestamptz[], $3::smallint[], $4::float8[], $5::timestamptz[], $6::integer[],
            $7::smallint[], $8::text[], $9::text[]
        ) AS given (id, leased_until, status, wait_s, at, duration_ms, status_code, problem, answer)
    ), noted AS (
        UPDATE webhook_delivery AS delivery SET
            attempts = attempts + 1,
            status = given.status,
            step = CASE given.status WHEN {DeliveryStatus.WAITING:d} THEN step + 1 ELSE step END,
            next_at = CASE given.status WHEN {DeliveryStatus.WAITING:d} THEN now() + make_interval(secs => wait_s) END,
            ended_at = CASE given.status WHEN {DeliveryStatus.WAITING:d} THEN NULL ELSE now() END
        FROM given
        WHERE delivery.id = given.id AND delivery.status = {DeliveryStatus.WAITING:d}
        AND (given.status = {DeliveryStatus.DELIVERED:d} OR delivery.next_at = given.leased_until)
        RETURNING delivery.id, attempts
    )
    INSERT INTO webhook_attempt (delivery_id, number, at, duration_ms, status_code, problem, answer)
    SELECT id, attempts, at, duration_ms, status_code, problem, answer FROM noted JOIN given USING (id)
"""
_RELEASE: Final = f"""
    UPDATE webhook_delivery AS delivery SET next_at = now()
    FROM unnest($1::uuid[], $2::timestamptz[]) AS given (id, leased_until)
    WHERE delivery.id = given.id AND delivery.status = {DeliveryStatus.WAITING:d}
        AND delivery.next_at = given.leased_until
"""


async def claim_due(
    pool: asyncpg.Pool,
    rooms: Mapping[int, int],
    *,
    room_of_others: int,
    most: int,
    most_failing: int,
    lease_s: float,
    shares: Shares | None = None,
) -> list[Due]:
    """What is due: at most `most`, and for each endpoint as many as there is room for, by its id or as for others.

    Of at most `most_failing` endpoints that are failing it is one each. Nobody else is given what is taken until the
    lease ends.
    """
    shares = shares or Shares({}, most)
    rows = await pool.fetch(
        _CLAIM,
        list(rooms),
        list(rooms.values()),
        room_of_others,
        most,
        _GRACE,
        most_failing,
        dt.timedelta(seconds=lease_s),
        list(shares.of_accounts),
        list(shares.of_accounts.values()),
        shares.of_others,
        shares.pings,
    )
    return [
        Due(id_, endpoint_id, Origin(origin), *rest) for id_, endpoint_id, origin, *rest in (tuple(row) for row in rows)
    ]


async def record_results(pool: asyncpg.Pool, results: Sequence[Result]) -> None:
    """Doing it again adds nothing: what is waiting is not ours any more, the rest has ended.

    Of two for one delivery, which was taken again after its lease, the success counts.
    """
    if results:
        of_each = {each.delivery_id: each for each in sorted(results, key=_is_delivered)}
        await pool.execute(_RECORD, *list_columns(of_each.values()))


def _is_delivered(result: Result) -> bool:
    return result.status is DeliveryStatus.DELIVERED


async def release(pool: asyncpg.Pool, unsent: Sequence[Due]) -> None:
    """Give back what was taken and not sent."""
    if unsent:
        await pool.execute(_RELEASE, [each.id for each in unsent], [each.leased_until for each in unsent])


def write_body(due: Due) -> bytes:
    """The same at every attempt. Events of a batch stand in a line each."""
    if not due.is_batch:
        return due.body
    timestamp = due.created_at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    events = b",".join(due.body.splitlines())
    return b'{"type":"batch","timestamp":"%b","data":{"events":[%b]}}' % (timestamp.encode(), events)
