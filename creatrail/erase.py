"""`creatrail erase`: have a contact forgotten, as `eraseContact` of the graph does; the worker does the rest."""

import asyncio
import contextlib
import sys

import redis.asyncio
from redis.exceptions import RedisError

from tracking.accounts.models import Account
from tracking.changes.service import wake_redirectors
from tracking.contacts.models import Contact
from tracking.erasure.models import Erasure
from tracking.erasure.service import erase_contact
from tracking.orm import open_orm
from tracking.settings import Settings


def run(settings: Settings, account_slug: str, external_id: str) -> int:
    """Returns the exit status."""
    erasure = asyncio.run(_erase(settings, account_slug, external_id))
    if erasure is None:
        print("creatrail erase: this account has no such contact", file=sys.stderr)
        return 1
    print(f"erasure {erasure.id}: the contact is gone, their links lead nowhere; the worker goes through the rest")
    return 0


async def _erase(settings: Settings, account_slug: str, external_id: str) -> Erasure | None:
    """None for whom nobody knows."""
    async with open_orm(settings):
        account = await Account.get_or_none(slug=account_slug)
        contact = await Contact.get_or_none(account=account, external_id=external_id) if account else None
        if account is None or contact is None:
            return None
        erasure = await erase_contact(account.id, contact.id)
    async with redis.asyncio.Redis.from_url(settings.redis_url) as client:
        with contextlib.suppress(RedisError):  # they read the log anyway
            await wake_redirectors(client)
    return erasure
