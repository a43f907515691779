"""Use cases of webhook endpoints and their secrets. Each owns its transaction."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.clock import utc_now
from tracking.domains.queries import list_tracking_hosts
from tracking.errors import InvalidInputError, NotFoundError
from tracking.events.types import EventType
from tracking.history.actors import current_actor
from tracking.history.service import Noted, find_difference, record_history
from tracking.idempotency import run_once
from tracking.settings import SecretsKey
from tracking.text import check_text
from tracking.webhooks.deliveries import CANCEL
from tracking.webhooks.models import EndpointStatus, WebhookEndpoint, WebhookSecret
from tracking.webhooks.rules import (
    FILTERED_TYPES,
    MAX_LIVE_SECRETS,
    Batch,
    Wanted,
    check_batch,
    check_event_types,
    check_overlap_hours,
    check_wanted,
    describe_wanted,
    normalise_url,
    read_wanted,
    store_wanted,
)
from tracking.webhooks.secrets import make_secret

MAX_ENDPOINTS: Final = 100
CANCELLED_AT_ONCE: Final = 10_000  # of a deleted endpoint; the rest is found by the cron
_HEALTH: Final = ("disabled_reason", "disabled_at", "failing_since", "not_before")
_LOCK_ACCOUNT: Final = "SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE"
_IDS: Final = "SELECT id FROM {table} WHERE account_id = $1 AND id = ANY ($2::bigint[])"
_END_OF_LOG: Final = (
    "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('event_log', 'position')), 0) AS position"
)
_CANCEL_REPLAYS: Final = """
    UPDATE webhook_replay SET status = 'CANCELLED', ended_at = now() WHERE endpoint_id = $1 AND status = 'RUNNING'
"""
_CANCEL_WAITING: Final = f"""
    {CANCEL} WHERE id = ANY (ARRAY(
        SELECT id FROM webhook_delivery WHERE endpoint_id = $1 AND next_at IS NOT NULL
        ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ))
"""


class WebhookFields(NamedTuple):
    name: str
    url: str
    event_types: Sequence[EventType]
    wanted: Wanted = Wanted()
    batch: Batch = Batch()
    status: EndpointStatus = EndpointStatus.ENABLED


class Installation(NamedTuple):
    """What the settings allow: `allows_private` takes addresses that are not on the public internet."""

    secrets_keys: Sequence[SecretsKey]
    allows_private: bool = False


class IssuedSecret(NamedTuple):
    """`token` is shown once; None in the answer to a repeat."""

    endpoint_id: int
    token: str | None


async def create_webhook(
    account_id: int, given: WebhookFields, installation: Installation, *, idempotency_key: str | None = None
) -> IssuedSecret:
    """It is told what is logged from now on. Raises InvalidInputError, or NotFoundError for what its filter names."""
    tokens: list[str] = []
    _need_keys(installation)
    hosts = await list_tracking_hosts()

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        values = await _check(connection, account_id, given._asdict(), installation, hosts)
        await connection.execute_query(_LOCK_ACCOUNT, [account_id])
        if await WebhookEndpoint.filter(account_id=account_id, deleted_at=None).using_db(connection).count() >= (
            MAX_ENDPOINTS
        ):
            raise InvalidInputError(f"an account has at most {MAX_ENDPOINTS} webhooks: delete one", ())
        [end] = await connection.execute_query_dict(_END_OF_LOG)
        actor = current_actor()
        row = await WebhookEndpoint.create(
            using_db=connection,
            account_id=account_id,
            starts_after=end["position"],
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            **values,
        )
        tokens.append(await _add_secret(connection, row.id, installation.secrets_keys))
        await record_history(
            connection, account_id, [Noted("WebhookEndpoint", row.id, "CREATED", after=_describe(row))]
        )
        return [row.id]

    [endpoint_id] = await run_once(account_id, "createWebhook", idempotency_key, given, work)
    return IssuedSecret(endpoint_id, tokens[0] if tokens else None)


async def update_webhook(
    account_id: int, endpoint_id: int, changes: Mapping[str, Any], installation: Installation
) -> WebhookEndpoint:
    """Change what is in `changes`, by the names of WebhookFields. What waits goes on with the endpoint as it is then.

    Another status or address is a new start: earlier failures are forgotten.

    Raises NotFoundError or InvalidInputError.
    """
    hosts = await list_tracking_hosts()
    async with in_transaction() as connection:
        row = await lock_endpoint(connection, account_id, endpoint_id)
        before, url_before = _describe(row), row.url
        values = await _check(connection, account_id, changes, installation, hosts)
        is_switched = values.get("status", row.status) is not row.status
        row.update_from_dict(values)
        if is_switched or row.url != url_before:
            row.update_from_dict(dict.fromkeys(_HEALTH))  # a new start
        await row.save(using_db=connection, update_fields=[*values, *_HEALTH])
        was, became = find_difference(before, _describe(row))
        if became:
            await record_history(connection, account_id, [Noted("WebhookEndpoint", row.id, "UPDATED", was, became)])
    return row


async def delete_webhook(account_id: int, endpoint_id: int) -> WebhookEndpoint:
    """Nothing is sent to it any more, and what waits is cancelled. Raises NotFoundError, also the second time."""
    async with in_transaction() as connection:
        row = await lock_endpoint(connection, account_id, endpoint_id)
        row.deleted_at = utc_now()
        await row.save(using_db=connection, update_fields=["deleted_at"])
        secrets = WebhookSecret.filter(endpoint_id=row.id).using_db(connection)
        await secrets.update(sealed_secret=b"", expires_at=row.deleted_at)
        await connection.execute_query(_CANCEL_REPLAYS, [row.id])
        await connection.execute_query(_CANCEL_WAITING, [row.id, CANCELLED_AT_ONCE])
        await record_history(connection, account_id, [Noted("WebhookEndpoint", row.id, "DELETED")])
    return row


async def rotate_webhook_secret(
    account_id: int,
    endpoint_id: int,
    overlap_hours: int,
    installation: Installation,
    *,
    idempotency_key: str | None = None,
) -> IssuedSecret:
    """A new one signs at once, and those before it for so long still. Raises NotFoundError or InvalidInputError."""
    tokens: list[str] = []
    _need_keys(installation)
    overlap = dt.timedelta(hours=check_overlap_hours(overlap_hours))

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        row = await lock_endpoint(connection, account_id, endpoint_id)
        await _end_secrets(connection, row.id, utc_now(), overlap)
        tokens.append(await _add_secret(connection, row.id, installation.secrets_keys))
        await record_history(connection, account_id, [Noted("WebhookEndpoint", row.id, "SECRET_ROTATED")])
        return [row.id]

    given = [endpoint_id, overlap_hours]
    [done_id] = await run_once(account_id, "rotateWebhookSecret", idempotency_key, given, work)
    return IssuedSecret(done_id, tokens[0] if tokens else None)


async def lock_endpoint(connection: BaseDBAsyncClient, account_id: int, endpoint_id: int) -> WebhookEndpoint:
    """Until the caller's transaction ends. Raises NotFoundError, also for one that was deleted."""
    rows = WebhookEndpoint.select_for_update(no_key=True).using_db(connection)
    row = await rows.get_or_none(id=endpoint_id, account_id=account_id, deleted_at=None)
    if row is None:
        raise NotFoundError("no such webhook", ("id",))
    return row


def _need_keys(installation: Installation) -> None:
    if not installation.secrets_keys:
        raise InvalidInputError("this installation has no SECRETS_KEYS: its operator has to set one first")


async def _add_secret(connection: BaseDBAsyncClient, endpoint_id: int, keys: Sequence[SecretsKey]) -> str:
    made = make_secret(keys, endpoint_id)
    await WebhookSecret.create(using_db=connection, endpoint_id=endpoint_id, sealed_secret=made.sealed, hint=made.hint)
    return made.token


async def _end_secrets(
    connection: BaseDBAsyncClient, endpoint_id: int, now: dt.datetime, overlap: dt.timedelta
) -> None:
    """Those that sign now end after the overlap, if they do not end before."""
    rows = await WebhookSecret.filter(endpoint_id=endpoint_id).using_db(connection)
    live = [row for row in rows if row.expires_at is None or row.expires_at > now]
    if overlap and len(live) >= MAX_LIVE_SECRETS:
        ends = min(row.expires_at for row in live if row.expires_at is not None)
        raise InvalidInputError(
            f"{MAX_LIVE_SECRETS} secrets sign already: wait until {ends:%Y-%m-%d %H:%M} UTC, or give 0 to end them now",
            ("overlapHours",),
        )
    for row in live:
        row.expires_at = now + overlap if row.expires_at is None else min(row.expires_at, now + overlap)
        if not overlap:
            row.sealed_secret = b""
        await row.save(using_db=connection, update_fields=["expires_at", "sealed_secret"])


async def _check(
    connection: BaseDBAsyncClient,
    account_id: int,
    given: Mapping[str, Any],
    installation: Installation,
    hosts: Collection[str],
) -> dict[str, Any]:
    """What to store of `given`, which has any of WebhookFields."""
    values: dict[str, Any] = {}
    if "name" in given:
        values["name"] = check_text(given["name"], "name", max_chars=200)
    if "url" in given:
        values["url"] = normalise_url(
            given["url"], is_tracking_host=hosts.__contains__, allows_private=installation.allows_private
        )
    if "event_types" in given:
        values["event_types"] = check_event_types(given["event_types"])
    if "wanted" in given:
        await _check_filter(connection, account_id, given["wanted"])
        values["wanted"] = store_wanted(given["wanted"])
    if "batch" in given:
        batch: Batch = given["batch"]
        check_batch(batch)
        values |= {"batch_max_events": batch.max_events, "batch_max_wait_ms": batch.max_wait_s * 1_000}
    if "status" in given:
        if given["status"] is EndpointStatus.DISABLED:
            raise InvalidInputError("give ENABLED or PAUSED: DISABLED is what we do", ("status",))
        values["status"] = given["status"]
    return values


async def _check_filter(connection: BaseDBAsyncClient, account_id: int, wanted: Wanted) -> None:
    """What it names must be the account's."""
    check_wanted(wanted)
    for name, type_name in FILTERED_TYPES.items():
        ids: Sequence[int] = getattr(wanted, name) or ()
        if not ids:
            continue
        noun = type_name.lower()
        rows = await connection.execute_query_dict(_IDS.format(table=noun), [account_id, list(ids)])
        known = {row["id"] for row in rows}
        for place, each in enumerate(ids):
            if each not in known:
                raise NotFoundError(f"no such {noun}", ("filter", f"{noun}Ids", str(place)))


def _describe(row: WebhookEndpoint) -> dict[str, Any]:
    """By the names of the graph."""
    return {
        "name": row.name,
        "url": row.url,
        "eventTypes": list(row.event_types),
        "filter": describe_wanted(read_wanted(row.wanted)),
        "batch": {"maxEvents": row.batch_max_events, "maxWaitSeconds": row.batch_max_wait_ms // 1_000},
        "status": row.status.value,
    }
