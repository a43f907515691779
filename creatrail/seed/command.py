"""`creatrail seed`: a demo in any database that the settings name, with a key to look at it."""

import asyncio
import sys
from typing import Final

from creatrail.seed.demo import AccountTakenError, seed
from creatrail.seed.years.seeding import seed_years
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.errors import InvalidInputError
from tracking.orm import open_orm
from tracking.settings import Settings

# From so many on they are not those of a dozen creators in two months.
CLICKS_OF_YEARS: Final = 500_000


def run(settings: Settings, slug: str, clicks: int) -> int:
    """Seed and say what is there now. Returns the exit status."""
    try:
        for line in asyncio.run(_seed(settings, slug, clicks)):
            print(line)
    except (AccountTakenError, InvalidInputError) as error:
        print(f"creatrail seed: {error}", file=sys.stderr)
        return 1
    return 0


async def _seed(settings: Settings, slug: str, clicks: int) -> list[str]:
    async with open_orm(settings):
        if clicks >= CLICKS_OF_YEARS:
            return await _seed_years(settings, slug, clicks)
        demo = await seed(settings, slug, clicks)
        size = f"{demo.clicks:,} clicks on links such as {demo.links[0]}"
        if not demo.is_new:
            return [f"account {slug} held its demo already: {size}"]
        key = await create_api_key(demo.account_id, "creatrail seed", [Scope.ADMIN])
        return [f"account {slug} holds {size}", f"its API key, shown this once: {key.token}"]


async def _seed_years(settings: Settings, slug: str, clicks: int) -> list[str]:
    seeded = await seed_years(settings, slug, clicks)
    size = f"{seeded.clicks:,} clicks of two years"
    if not seeded.is_new:
        return [f"account {slug} held them already: {size}"]
    key = await create_api_key(seeded.account_id, "creatrail seed", [Scope.ADMIN])
    return [f"account {slug} holds {size}", f"its API key, shown this once: {key.token}"]
