"""Commands that changed what redirectors hold say so to them."""

import contextlib

from redis.exceptions import RedisError

from tracking.changes.service import wake_redirectors
from tracking.redis_clients import make_client
from tracking.settings import Settings


async def tell_redirectors(settings: Settings) -> None:
    """After commit. Where Redis does not answer, they read of it in the change log."""
    async with make_client(settings.redis_url) as client:
        with contextlib.suppress(RedisError):
            await wake_redirectors(client)
