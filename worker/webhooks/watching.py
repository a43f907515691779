"""How far behind webhooks are, for metrics: of all workers, and what this one has done."""

from typing import Final, NamedTuple

import asyncpg

from worker.webhooks.dispatcher import Dispatcher

# The oldest that is due at an endpoint that is called. What waits elsewhere waits for a person.
_READ: Final = """
    SELECT
        (SELECT count(*) FROM webhook_delivery WHERE next_at IS NOT NULL),
        (
            SELECT coalesce(max(extract(epoch FROM now() - oldest.next_at)), 0)::float8
            FROM webhook_endpoint AS endpoint CROSS JOIN LATERAL (
                SELECT next_at FROM webhook_delivery
                WHERE endpoint_id = endpoint.id AND next_at <= now() ORDER BY next_at LIMIT 1
            ) AS oldest
            WHERE status = 'ENABLED' AND deleted_at IS NULL AND (not_before IS NULL OR not_before <= now())
        ),
        (SELECT count(*) FROM webhook_endpoint WHERE status = 'DISABLED' AND deleted_at IS NULL),
        (SELECT count(*) FROM webhook_endpoint
            WHERE status = 'ENABLED' AND deleted_at IS NULL AND failing_since < now() - interval '1 hour')
"""


class Watched(NamedTuple):
    waiting: int
    overdue_s: float
    disabled: int
    failing: int


async def describe_webhooks(pool: asyncpg.Pool) -> dict[tuple[str, str], float]:
    watched = Watched(*await pool.fetchrow(_READ))
    return {
        ("worker_webhook_deliveries_waiting", "Deliveries that are neither made nor given up"): watched.waiting,
        (
            "worker_webhook_overdue_seconds",
            "How long the oldest delivery that may be made has been due",
        ): watched.overdue_s,
        (
            "worker_webhook_endpoints_disabled",
            "Endpoints that are called no more because they failed",
        ): watched.disabled,
        ("worker_webhook_endpoints_failing", "Endpoints that nothing has reached for an hour"): watched.failing,
    }


def describe_deliveries(dispatcher: Dispatcher) -> dict[tuple[str, str], float]:
    return {
        ("worker_webhooks_delivered", "Deliveries that this process made"): dispatcher.outcomes["delivered"],
        ("worker_webhooks_failed", "Attempts of this process that failed and are repeated"): dispatcher.outcomes[
            "failed"
        ],
        ("worker_webhooks_given_up", "Deliveries that this process tried for the last time"): dispatcher.outcomes[
            "given_up"
        ],
    }
