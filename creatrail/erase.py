"""`creatrail erase`: have somebody forgotten, as the graph's mutations do; the worker does the rest."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

from creatrail.changes import tell_redirectors
from tracking.accounts.models import Account
from tracking.clicks.tokens import ClickTokens
from tracking.contacts.models import Contact
from tracking.erasure.models import Erasure
from tracking.erasure.service import erase_contact
from tracking.erasure.showing import read_shown
from tracking.erasure.visitor_service import erase_visitor
from tracking.errors import DomainError, NotFoundError
from tracking.orm import open_orm
from tracking.settings import Settings

Erase = Callable[[Account], Awaitable[Erasure]]


def run_of_contact(settings: Settings, account_slug: str, external_id: str) -> int:
    """Returns the exit status."""

    async def erase(account: Account) -> Erasure:
        contact = await Contact.get_or_none(account=account, external_id=external_id)
        if contact is None:
            raise NotFoundError("this account has no such contact")
        return await erase_contact(account.id, contact.id)

    return _run(settings, account_slug, erase, "the contact is gone, their links lead nowhere")


def run_of_visitor(settings: Settings, account_slug: str, cookie: str | None, click_tokens: Sequence[str]) -> int:
    """Returns the exit status."""

    async def erase(account: Account) -> Erasure:
        tokens = ClickTokens(settings.click_token_keys)
        shown = read_shown(cookie, [], click_tokens, cookie_secret=settings.cookie_secret, tokens=tokens)
        return await erase_visitor(account.id, shown)

    return _run(settings, account_slug, erase, "what comes in of the visitor is nobody's")


def _run(settings: Settings, account_slug: str, erase: Erase, done: str) -> int:
    try:
        erasure = asyncio.run(_erase(settings, account_slug, erase))
    except DomainError as error:
        print(f"creatrail erase: {error.message}", file=sys.stderr)
        return 1
    print(f"erasure {erasure.id}: {done}; the worker goes through the rest")
    return 0


async def _erase(settings: Settings, account_slug: str, erase: Erase) -> Erasure:
    async with open_orm(settings):
        account = await Account.get_or_none(slug=account_slug)
        if account is None:
            raise NotFoundError("no account has this short name")
        erasure = await erase(account)
    await tell_redirectors(settings)
    return erasure
