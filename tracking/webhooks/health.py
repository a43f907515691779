"""How endpoints fare: since when one fails, whether it asked for patience, and when we stop calling it."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg

from tracking.database import list_columns
from tracking.history.service import Noted, append_history
from tracking.webhooks.models import DisabledReason
from tracking.webhooks.schedule import LONGEST_SILENCE


class Sign(NamedTuple):
    """What the last attempts say of an endpoint while it has this address. One success is enough, or one 410."""

    endpoint_id: int
    url: str
    at: dt.datetime
    has_succeeded: bool
    is_gone: bool = False
    not_before: dt.datetime | None = None


class Disabled(NamedTuple):
    endpoint_id: int
    account_id: int
    reason: DisabledReason


# Rows are locked in the order of their ids, so that workers wait for each other in one order (R6). A success that
# changes nothing is written every few seconds alone, and so is a failure, in a hundredth of the longest silence.
# A failure after a longer silence is a first one: it may be us who were down for days.
_NOTE: Final = """
    WITH given AS (
        SELECT * FROM unnest(
            $1::bigint[], $2::text[], $3::timestamptz[], $4::boolean[], $5::boolean[], $6::timestamptz[]
        ) AS given (id, url, at, has_succeeded, is_gone, not_before)
    ), locked AS (
        SELECT endpoint.id FROM webhook_endpoint AS endpoint JOIN given USING (id, url)
        WHERE CASE WHEN has_succeeded
            THEN failing_since IS NOT NULL OR last_success_at IS NULL OR last_success_at < at - interval '5 seconds'
            ELSE failing_since IS NULL OR last_failure_at IS NULL OR last_failure_at < at - $7::interval / 100
        END OR given.not_before IS NOT NULL
        ORDER BY endpoint.id FOR NO KEY UPDATE OF endpoint
    )
    UPDATE webhook_endpoint AS endpoint SET
        failing_since = CASE
            WHEN has_succeeded THEN NULL
            WHEN failing_since IS NOT NULL AND last_failure_at >= at - $7::interval THEN failing_since
            ELSE at
        END,
        last_failure_at = CASE WHEN has_succeeded THEN last_failure_at ELSE greatest(last_failure_at, at) END,
        last_success_at = CASE WHEN has_succeeded THEN at ELSE last_success_at END,
        not_before = greatest(endpoint.not_before, given.not_before)
    FROM given JOIN locked USING (id) WHERE endpoint.id = given.id AND endpoint.url = given.url
"""
_DISABLE: Final = """
    UPDATE webhook_endpoint AS endpoint SET
        status = 'DISABLED', disabled_at = now(),
        disabled_reason = CASE WHEN is_gone THEN 'GONE' ELSE 'FAILING' END
    FROM unnest($1::bigint[], $2::text[], $4::boolean[]) AS failed (id, url, is_gone)
    WHERE endpoint.id = failed.id AND endpoint.url = failed.url AND status = 'ENABLED' AND deleted_at IS NULL
    AND (is_gone OR failing_since <= now() - $3::interval)
    RETURNING endpoint.id, account_id, disabled_reason
"""


async def note_health(pool: asyncpg.Pool, signs: Sequence[Sign], *, failing_limit_s: float) -> list[Disabled]:
    """Write down what `signs` say. Answers with the endpoints that are called no more from now on.

    What waits for those goes on waiting, for the day when they are enabled again.
    """
    if not signs:
        return []
    failing_limit = dt.timedelta(seconds=failing_limit_s)
    await pool.execute(_NOTE, *list_columns(signs), failing_limit * LONGEST_SILENCE)
    failed = sorted((sign.endpoint_id, sign.url, sign.is_gone) for sign in signs if not sign.has_succeeded)
    if not failed:
        return []
    endpoint_ids, urls, are_gone = list_columns(failed)
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(_DISABLE, endpoint_ids, urls, failing_limit, are_gone)
        disabled = [Disabled(row["id"], row["account_id"], DisabledReason(row["disabled_reason"])) for row in rows]
        for each in disabled:
            noted = Noted(
                "WebhookEndpoint",
                each.endpoint_id,
                "DISABLED",
                after={"status": "DISABLED", "reason": each.reason.value},
            )
            await append_history(connection, each.account_id, [noted])
    return disabled
