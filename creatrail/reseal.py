"""`creatrail reseal`: after a new key was put in front of SECRETS_KEYS, so that the old one may be dropped."""

import asyncio
import sys

from tracking.database import open_pool
from tracking.resealing import Resealed, reseal
from tracking.settings import Settings


def run(settings: Settings) -> int:
    """Returns the exit status: 1 when something stays sealed with a key that is not here."""
    if not settings.secrets_keys:
        print("creatrail reseal: SECRETS_KEYS is not set", file=sys.stderr)
        return 1
    done = asyncio.run(_reseal(settings))
    print(f"{done.changed} secrets are now sealed with key {settings.secrets_keys[0].key_id}")
    if done.left:
        print(f"{done.left} are sealed with keys that SECRETS_KEYS does not hold: set these too, and run it again")
    return 1 if done.left else 0


async def _reseal(settings: Settings) -> Resealed:
    pool = await open_pool(settings, max_size=1)
    try:
        return await reseal(pool, settings.secrets_keys)
    finally:
        await pool.close()
