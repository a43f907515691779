"""An account with endpoints at receivers of the test, and what is queued for them."""

import datetime as dt
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import msgspec

from tests.event_schemas import write_small_event
from tests.receiving import Receiver, open_receiver
from tracking.settings import Settings
from tracking.webhooks.deliveries import DeliveryStatus, Origin
from tracking.webhooks.secrets import make_secret
from worker.webhooks.dispatcher import Dispatcher

TIMEOUT_S = 1.0  # far more than a receiver needs that answers on a busy machine


@dataclass
class Scene:
    pool: asyncpg.Pool
    settings: Settings
    account_id: int
    running: AsyncExitStack
    tokens: dict[int, list[str]] = field(default_factory=dict)
    queued: int = 0

    async def open_receiver(self) -> tuple[int, Receiver]:
        """An endpoint, and who listens there."""
        receiver = await self.running.enter_async_context(open_receiver())
        endpoint_id = await self.add_endpoint(receiver.write_url())
        receiver.secrets = self.tokens[endpoint_id]
        return endpoint_id, receiver

    async def add_endpoint(self, url: str, *, keys: Settings | None = None) -> int:
        endpoint_id: int = await self.pool.fetchval(
            "INSERT INTO webhook_endpoint (account_id, name, url, event_types, wanted, batch_max_events,"
            " batch_max_wait_ms, status, starts_after, actor_kind, created_at)"
            " VALUES ($1, 'Orders', $2, '[]', '{}', 1, 0, 'ENABLED', 0, 'SYSTEM', now()) RETURNING id",
            self.account_id,
            url,
        )
        await self.add_secret(endpoint_id, keys or self.settings)
        return endpoint_id

    async def add_secret(self, endpoint_id: int, settings: Settings) -> None:
        made = make_secret(settings.secrets_keys, endpoint_id)
        await self.pool.execute(
            "INSERT INTO webhook_secret (endpoint_id, sealed_secret, hint, created_at) VALUES ($1, $2, $3, now())",
            endpoint_id,
            made.sealed,
            made.hint,
        )
        self.tokens.setdefault(endpoint_id, []).append(made.token)

    async def queue(self, endpoint_id: int, count: int = 1, *, origin: Origin = Origin.LOG) -> list[uuid.UUID]:
        return [await self._queue_one(endpoint_id, origin) for _ in range(count)]

    async def _queue_one(self, endpoint_id: int, origin: Origin) -> uuid.UUID:
        self.queued += 1
        webhook_id = f"evt_{self.queued}"
        delivery_id: uuid.UUID = await self.pool.fetchval(
            "INSERT INTO webhook_delivery (id, account_id, endpoint_id, origin, first_position, first_ordinal,"
            " webhook_id, event_types, event_ids, is_batch, body, next_at)"
            " VALUES ($1, $2, $3, $4, $5, 0, $6, '{import.finished}', ARRAY[$6], false, $7, now()) RETURNING id",
            uuid.uuid4(),
            self.account_id,
            endpoint_id,
            origin,
            self.queued,
            webhook_id,
            write_small_event(webhook_id),
        )
        return delivery_id

    def make_dispatcher(self, **changes: Any) -> Dispatcher:
        """`changes` are settings."""
        given = {"webhook_allow_private": True, "webhook_timeout_s": TIMEOUT_S, **changes}
        dispatcher = Dispatcher(self.pool, msgspec.structs.replace(self.settings, **given))
        self.running.push_async_callback(dispatcher.aclose)
        return dispatcher

    async def deliver(self, dispatcher: Dispatcher | None = None) -> int:
        """One pass, until everything that it took has been tried. Answers with how many it took."""
        dispatcher = dispatcher or self.make_dispatcher()
        taken = await dispatcher.pass_once()
        await dispatcher.settle()
        return taken

    async def make_due(self) -> None:
        """As if the time until the next attempts had passed."""
        await self.pool.execute("UPDATE webhook_delivery SET next_at = now() WHERE next_at IS NOT NULL")
        await self.pool.execute("UPDATE webhook_endpoint SET not_before = NULL")

    async def set_failing(
        self, endpoint_id: int, ago: dt.timedelta, *, silent_for: dt.timedelta = dt.timedelta()
    ) -> None:
        """As if it had failed since `ago`, the last time `silent_for` ago."""
        await self.pool.execute(
            "UPDATE webhook_endpoint SET failing_since = now() - $2::interval, last_failure_at = now() - $3::interval"
            " WHERE id = $1",
            endpoint_id,
            ago,
            silent_for,
        )

    async def read(self, delivery_id: uuid.UUID) -> asyncpg.Record:
        return await self.pool.fetchrow("SELECT * FROM webhook_delivery WHERE id = $1", delivery_id)

    async def read_status(self, delivery_id: uuid.UUID) -> DeliveryStatus:
        return DeliveryStatus((await self.read(delivery_id))["status"])

    async def read_wait_s(self, delivery_id: uuid.UUID) -> float:
        """From its last attempt to its next one."""
        wait: dt.timedelta = await self.pool.fetchval(
            "SELECT next_at - max(at) FROM webhook_delivery JOIN webhook_attempt ON delivery_id = id"
            " WHERE id = $1 GROUP BY next_at",
            delivery_id,
        )
        return wait.total_seconds()

    async def read_attempts(self, delivery_id: uuid.UUID) -> list[tuple[Any, ...]]:
        """Number, status and problem of each."""
        rows = await self.pool.fetch(
            "SELECT number, status_code, problem FROM webhook_attempt WHERE delivery_id = $1 ORDER BY number",
            delivery_id,
        )
        return [tuple(row) for row in rows]

    async def read_endpoint(self, endpoint_id: int) -> asyncpg.Record:
        return await self.pool.fetchrow("SELECT * FROM webhook_endpoint WHERE id = $1", endpoint_id)
