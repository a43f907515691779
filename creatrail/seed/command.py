"""`creatrail seed`: a demo in any database that the settings name."""

import asyncio
import re
import sys

from creatrail.seed.demo import AccountTakenError, SeededDemo, seed
from tracking.orm import open_orm
from tracking.settings import Settings

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


def run(settings: Settings, slug: str, clicks: int) -> int:
    """Seed and say what is there now. Returns the exit status."""
    if not _LABEL.fullmatch(slug):
        print(f"creatrail seed: {slug!r} cannot be a host's label: a-z, 0-9 and '-', up to 63", file=sys.stderr)
        return 2
    try:
        demo = asyncio.run(_seed(settings, slug, clicks))
    except AccountTakenError as error:
        print(f"creatrail seed: {error}", file=sys.stderr)
        return 1
    state = "holds" if demo.is_new else "held already"
    print(
        f"account {slug} {state} a demo of {demo.clicks:,} clicks on {len(demo.links)} links, such as {demo.links[0]}"
    )
    return 0


async def _seed(settings: Settings, slug: str, clicks: int) -> SeededDemo:
    async with open_orm(settings):
        return await seed(settings, slug, clicks)
