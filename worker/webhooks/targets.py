"""Where deliveries go and what signs them, read anew every second: a secret that was taken away signs no more."""

import time
from collections.abc import Collection, Sequence
from typing import Final

import asyncpg
import structlog

from tracking.sealing import SealError
from tracking.settings import SecretsKey
from tracking.webhooks.secrets import find_live_secrets
from worker.webhooks.sender import Target

_FRESH_S: Final = 1.0
_URLS: Final = "SELECT id, url FROM webhook_endpoint WHERE id = ANY ($1::bigint[])"

log = structlog.get_logger()


class Targets:
    def __init__(self, pool: asyncpg.Pool, secrets_keys: Sequence[SecretsKey]) -> None:
        self._pool = pool
        self._secrets_keys = secrets_keys
        self._known: dict[int, Target] = {}
        self._read_at_s = 0.0

    async def find(self, endpoint_ids: Collection[int]) -> dict[int, Target]:
        """Of endpoints that are there; ours to keep for as long as a request takes."""
        if time.monotonic() - self._read_at_s > _FRESH_S:
            self._known.clear()
            self._read_at_s = time.monotonic()
        missing = [each for each in endpoint_ids if each not in self._known]
        if missing:
            secrets = await self._find_secrets(missing)
            for row in await self._pool.fetch(_URLS, missing):
                self._known[row["id"]] = Target(row["url"], tuple(secrets.get(row["id"], ())))
        return {each: self._known[each] for each in endpoint_ids if each in self._known}

    async def _find_secrets(self, endpoint_ids: Sequence[int]) -> dict[int, list[bytes]]:
        try:
            return await find_live_secrets(self._pool, endpoint_ids, self._secrets_keys)
        except SealError as error:
            if len(endpoint_ids) == 1:
                log.warning("webhook secret cannot be opened", endpoint_id=endpoint_ids[0], reason=str(error))
                return {}
        # one that cannot be opened holds up no other
        return {key: found for each in endpoint_ids for key, found in (await self._find_secrets([each])).items()}
