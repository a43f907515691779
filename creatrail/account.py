"""`creatrail account`: the first account of a database and a key that opens it; one that exists gets another key."""

import asyncio
import sys

from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_account, create_api_key
from tracking.errors import DomainError
from tracking.orm import open_orm
from tracking.settings import Settings


def run(settings: Settings, slug: str, name: str, timezone: str, currency: str) -> int:
    """Create what is missing, and show the new key this once. Returns the exit status."""
    try:
        print(asyncio.run(_open_account(settings, slug, name, timezone, currency)))
    except DomainError as error:
        print(f"creatrail account: {error.message}", file=sys.stderr)
        return 1
    return 0


async def _open_account(settings: Settings, slug: str, name: str, timezone: str, currency: str) -> str:
    async with open_orm(settings):
        account = await Account.get_or_none(slug=slug)
        if account is None:
            account = await create_account(name, slug, timezone=timezone, currency=currency)
        key = await create_api_key(account.id, "creatrail account", [Scope.ADMIN])
    return f"account {account.slug}, links on {account.slug}.localhost; its new API key, shown this once: {key.token}"
