"""Where deliveries go and what signs them, read anew every second, right before each is sent.

A secret that was taken away signs no more, and who paused or deleted an endpoint is left alone.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg
import structlog

from tracking.sealing import SealError
from tracking.settings import SecretsKey
from tracking.webhooks.secrets import find_live_secrets
from worker.webhooks.sender import Target

_FRESH_S: Final = 1.0
_TARGETS: Final = """
    SELECT id, url, status = 'ENABLED' AS is_enabled FROM webhook_endpoint
    WHERE id = ANY ($1::bigint[]) AND deleted_at IS NULL
"""

log = structlog.get_logger()


class Targets:
    def __init__(self, pool: asyncpg.Pool, secrets_keys: Sequence[SecretsKey]) -> None:
        self._pool = pool
        self._secrets_keys = secrets_keys
        self._known: dict[int, Target | None] = {}
        self._read_at_s = 0.0
        self._reading = asyncio.Lock()

    async def find(self, endpoint_id: int, likely: Iterable[int]) -> Target | None:
        """None for one that was deleted. `likely` are read with it: they will be asked for too."""
        if time.monotonic() - self._read_at_s > _FRESH_S:
            self._known, self._read_at_s = {}, time.monotonic()
        known = self._known
        if endpoint_id not in known:
            async with self._reading:
                if missing := [each for each in {endpoint_id, *likely} if each not in known]:
                    known.update(await self._read(missing))
        return known[endpoint_id]

    async def _read(self, endpoint_ids: Sequence[int]) -> dict[int, Target | None]:
        secrets = await self._find_secrets(endpoint_ids)
        rows = await self._pool.fetch(_TARGETS, endpoint_ids)
        found = {row["id"]: Target(row["url"], tuple(secrets.get(row["id"], ())), row["is_enabled"]) for row in rows}
        return {each: found.get(each) for each in endpoint_ids}

    async def _find_secrets(self, endpoint_ids: Sequence[int]) -> dict[int, list[bytes]]:
        try:
            return await find_live_secrets(self._pool, endpoint_ids, self._secrets_keys)
        except SealError as error:
            if len(endpoint_ids) == 1:
                log.warning("webhook secret cannot be opened", endpoint_id=endpoint_ids[0], reason=str(error))
                return {}
        # one that cannot be opened holds up no other
        return {key: found for each in endpoint_ids for key, found in (await self._find_secrets([each])).items()}
