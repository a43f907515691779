"""Set the pages that visitors meet (TR12). Redirectors follow within a second. Each use case owns its transaction."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign
from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.service import Noted, find_difference, record_history
from tracking.interstitials.rules import (
    Branding,
    Interstitial,
    InterstitialMode,
    check_branding,
    check_interstitial,
    describe_branding,
    describe_interstitial,
    read_branding,
    read_interstitial,
    write_texts,
)
from tracking.offers.models import Offer
from tracking.offers.service import lock_offer


class OfferPage(NamedTuple):
    """What an offer says. The texts stay while another mode leaves them out."""

    mode: InterstitialMode
    interstitial: Interstitial | None


class AccountPages(NamedTuple):
    interstitial: Interstitial | None
    branding: Branding | None


async def update_offer_interstitial(account_id: int, offer_id: int, changes: Mapping[str, Any]) -> Offer:
    """Change what is in `changes`, by the names of OfferPage. Also of an archived offer, as its links go on working.

    Raises NotFoundError, InvalidInputError.
    """
    async with in_transaction() as connection:
        offer = await lock_offer(account_id, offer_id)
        before = OfferPage(offer.interstitial_mode, read_interstitial(offer.interstitial))
        given = before._replace(**changes)
        after = given._replace(interstitial=_check_interstitial(given.interstitial))
        if after.mode is InterstitialMode.CUSTOM and after.interstitial is None:
            message = "a CUSTOM page is made of the offer's own texts: give them, or another mode"
            raise InvalidInputError(message, ("interstitial",))
        columns = {"interstitial_mode": after.mode, "interstitial": write_texts(after.interstitial)}
        await offer.update_from_dict(columns).save(using_db=connection, update_fields=list(columns))
        told = find_difference(_describe_offer_page(before), _describe_offer_page(after))
        await _note(connection, account_id, "Offer", Change(ChangeKind.OFFER, offer.id), told)
    return offer


async def update_campaign_interstitial(
    account_id: int, campaign_id: int, interstitial: Interstitial | None
) -> Campaign:
    """What offers whose mode is LIST_DEFAULT show in this campaign. Raises NotFoundError, InvalidInputError."""
    async with in_transaction() as connection:
        campaign = await Campaign.select_for_update().get_or_none(id=campaign_id, account_id=account_id)
        if campaign is None:
            raise NotFoundError("no such campaign", ("id",))
        before, after = read_interstitial(campaign.interstitial), _check_interstitial(interstitial)
        columns = {"interstitial": write_texts(after)}
        await campaign.update_from_dict(columns).save(using_db=connection, update_fields=list(columns))
        was, became = ({"interstitial": describe_interstitial(texts)} for texts in (before, after))
        told = find_difference(was, became)
        await _note(connection, account_id, "Campaign", Change(ChangeKind.CAMPAIGN, campaign.id), told)
    return campaign


async def update_account_pages(account_id: int, changes: Mapping[str, Any]) -> Account:
    """Change what is in `changes`, by the names of AccountPages. Raises NotFoundError, InvalidInputError."""
    async with in_transaction() as connection:
        account = await Account.select_for_update(no_key=True).using_db(connection).get_or_none(id=account_id)
        if account is None:
            raise NotFoundError("no such account")
        before = AccountPages(read_interstitial(account.interstitial), read_branding(account.branding))
        given = before._replace(**changes)
        after = AccountPages(_check_interstitial(given.interstitial), _check_branding(given.branding))
        columns = {"interstitial": write_texts(after.interstitial), "branding": write_texts(after.branding)}
        await account.update_from_dict(columns).save(using_db=connection, update_fields=list(columns))
        told = find_difference(_describe_account_pages(before), _describe_account_pages(after))
        await _note(connection, account_id, "Account", Change(ChangeKind.ACCOUNT, account.id), told)
    return account


def _check_interstitial(given: Interstitial | None) -> Interstitial | None:
    try:
        return None if given is None else check_interstitial(given)
    except InvalidInputError as error:
        raise error.under("interstitial") from None


def _check_branding(given: Branding | None) -> Branding | None:
    try:
        return None if given is None else check_branding(given)
    except InvalidInputError as error:
        raise error.under("branding") from None


def _describe_offer_page(page: OfferPage) -> dict[str, Any]:
    return {"interstitialMode": page.mode.value, "interstitial": describe_interstitial(page.interstitial)}


def _describe_account_pages(pages: AccountPages) -> dict[str, Any]:
    return {
        "interstitial": describe_interstitial(pages.interstitial),
        "branding": describe_branding(pages.branding),
    }


async def _note(
    connection: BaseDBAsyncClient,
    account_id: int,
    subject_type: str,
    change: Change,
    told: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    """What it was and what it is. Where nothing changed there is nothing to note, and nothing to drop from memory."""
    was, became = told
    if became:
        await record_history(connection, account_id, [Noted(subject_type, change.ref_id, "UPDATED", was, became)])
        await record_changes(connection, [change])
