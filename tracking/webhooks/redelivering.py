"""What its owner asks to be sent once more: one delivery, those that failed, or a range of the event log."""

import datetime as dt
from typing import Final, NamedTuple
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.clock import utc_now
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.actors import current_actor
from tracking.history.service import Noted, record_history
from tracking.idempotency import answer_once
from tracking.webhooks.deliveries import DeliveryStatus
from tracking.webhooks.models import ReplayStatus, WebhookReplay
from tracking.webhooks.service import lock_endpoint

REOPENED_AT_ONCE: Final = 10_000
_PATH: Final = ("events", "range")
# Due at once, by the schedule from its start; attempts go on counting. What is being sent now may arrive twice.
_REOPEN: Final = f"status = {DeliveryStatus.WAITING:d}, step = 0, next_at = now(), open_until = NULL, ended_at = NULL"
_REOPEN_ONE: Final = f"""
    UPDATE webhook_delivery SET {_REOPEN} WHERE id = $1 AND account_id = $2
        AND EXISTS (SELECT FROM webhook_endpoint AS endpoint WHERE endpoint.id = endpoint_id AND deleted_at IS NULL)
    RETURNING endpoint_id
"""
# Given up, or waiting for another attempt. What somebody has locked is being sent, or its result being written.
_FAILED: Final = (f"status = {DeliveryStatus.GIVEN_UP:d}", "next_at > now() AND attempts > 0")
_REOPEN_FAILED: Final = tuple(
    f"""
    UPDATE webhook_delivery SET {_REOPEN} WHERE id = ANY (ARRAY(
        SELECT id FROM webhook_delivery WHERE endpoint_id = $1 AND {has_failed}
            AND created_at >= $2 AND created_at < $3
        ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED
    ))
    RETURNING id
    """
    for has_failed in _FAILED
)
# What was logged in the range lies after `position`, up to `until_position`.
_FIND_PLACES: Final = """
    SELECT first.position AS first, first.logged_at AS first_at,
        coalesce((SELECT position FROM event_log WHERE logged_at < $1 ORDER BY logged_at DESC LIMIT 1),
            first.position - 1) AS position,
        coalesce((SELECT position FROM event_log WHERE logged_at < $2 ORDER BY logged_at DESC LIMIT 1), 0) AS until
    FROM (SELECT position, logged_at FROM event_log ORDER BY position LIMIT 1) AS first
"""


class WantedRange(NamedTuple):
    """`before` is exclusive, and now when it is later. `is_failed_only`: deliveries that failed alone."""

    endpoint_id: int
    since: dt.datetime
    before: dt.datetime
    is_failed_only: bool = False


class Redelivery(NamedTuple):
    """Which delivery, or which replay, or how many deliveries."""

    delivery_id: UUID | None = None
    replay_id: int | None = None
    reopened: int | None = None


async def replay_delivery(
    account_id: int, delivery_id: UUID | None, *, idempotency_key: str | None = None
) -> Redelivery:
    """Send it once more, under its own id, whatever became of it. Raises NotFoundError."""

    async def work(connection: BaseDBAsyncClient) -> Redelivery:
        found = await connection.execute_query_dict(_update(_REOPEN_ONE), [delivery_id, account_id])
        if not found or delivery_id is None:
            raise NotFoundError("no such delivery", ("events", "deliveryId"))
        return Redelivery(delivery_id=delivery_id)

    return await answer_once(account_id, "replayWebhook", idempotency_key, delivery_id, work, answer_type=Redelivery)


async def replay_range(account_id: int, wanted: WantedRange, *, idempotency_key: str | None = None) -> Redelivery:
    """Raises NotFoundError or InvalidInputError."""
    if wanted.before <= wanted.since:
        raise InvalidInputError("`to` must be after `from`", (*_PATH, "logged", "to"))

    async def work(connection: BaseDBAsyncClient) -> Redelivery:
        try:
            endpoint = await lock_endpoint(connection, account_id, wanted.endpoint_id)
        except NotFoundError as error:
            raise NotFoundError(error.message, (*_PATH, "webhookId")) from None
        before = min(wanted.before, utc_now())
        if wanted.is_failed_only:
            return Redelivery(reopened=await _reopen_failed(connection, endpoint.id, wanted.since, before))
        replay = await _start_replay(connection, endpoint.id, wanted.since, before)
        after = {"from": wanted.since, "to": before}
        await record_history(connection, account_id, [Noted("WebhookEndpoint", endpoint.id, "REPLAYED", after=after)])
        return Redelivery(replay_id=replay.id)

    return await answer_once(account_id, "replayWebhook", idempotency_key, wanted, work, answer_type=Redelivery)


async def _reopen_failed(
    connection: BaseDBAsyncClient, endpoint_id: int, since: dt.datetime, before: dt.datetime
) -> int:
    reopened = 0
    for statement in _REOPEN_FAILED:
        given = [endpoint_id, since, before, REOPENED_AT_ONCE - reopened]
        reopened += len(await connection.execute_query_dict(_update(statement), given))
    return reopened


async def _start_replay(
    connection: BaseDBAsyncClient, endpoint_id: int, since: dt.datetime, before: dt.datetime
) -> WebhookReplay:
    running = WebhookReplay.filter(endpoint_id=endpoint_id, status=ReplayStatus.RUNNING).using_db(connection)
    if await running.exists():
        raise InvalidInputError(
            "a replay of this webhook is running: wait until it is COMPLETED", (*_PATH, "webhookId")
        )
    found = await connection.execute_query_dict(_FIND_PLACES, [since, before])
    places = found[0] if found else None
    if places is not None and places["first"] > 1 and since < places["first_at"]:
        kept_since = places["first_at"].astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        raise InvalidInputError(f"events are kept since {kept_since}: give that or later", (*_PATH, "logged", "from"))
    actor = current_actor()
    return await WebhookReplay.create(
        using_db=connection,
        endpoint_id=endpoint_id,
        from_at=since,
        to_at=before,
        position=places["position"] if places else 0,
        until_position=places["until"] if places else 0,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
    )


def _update(statement: str) -> str:
    """Tortoise answers the rows of an UPDATE only when it looks like a query."""
    return f"WITH changed AS ({statement}) SELECT * FROM changed"
