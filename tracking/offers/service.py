"""Use cases of offers. Each owns its transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.accounts.account_settings import DAY_S
from tracking.accounts.models import Account, AttributionModel
from tracking.accounts.rules import check_own_window
from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.clock import utc_now
from tracking.domains.queries import list_tracking_hosts
from tracking.errors import ArchivedError, DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, find_difference, record_history
from tracking.idempotency import run_once
from tracking.links.rules import normalise_destination
from tracking.money import check_currency_code
from tracking.offers.events import GivenEvent, OfferEvent, check_events, describe_events, read_events, write_events
from tracking.offers.models import Offer
from tracking.text import check_text

_INSERT: Final = """
    INSERT INTO offer (account_id, name, external_id, destination_url, currency, attribution_window_s,
        attribution_model, events, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now())
    ON CONFLICT DO NOTHING
    RETURNING id
"""


class OfferFields(NamedTuple):
    """What is None of currency, window and model is the account's."""

    name: str
    destination_url: str
    external_id: str | None = None
    currency: str | None = None
    attribution_window_days: int | None = None
    attribution_model: AttributionModel | None = None


class _Offered(NamedTuple):
    """What is stored of an offer, all of it checked."""

    fields: OfferFields
    events: tuple[OfferEvent, ...]


async def create_offer(
    account_id: int, given: OfferFields, events: Sequence[GivenEvent] = (), *, idempotency_key: str | None = None
) -> Offer:
    """Raises InvalidInputError, or TakenError for an external id in use, be it an archived offer's."""
    hosts = await list_tracking_hosts()

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        account = await _lock_account(connection, account_id)
        fields = _check(given, hosts, account)
        offered = _Offered(fields, check_events(events, fields.currency or account.currency))
        rows = await connection.execute_query_dict(_INSERT, [account_id, *_name_columns(offered).values()])
        if not rows:
            raise _refuse_external_id(fields.external_id)
        noted = Noted("Offer", rows[0]["id"], "CREATED", after=_describe(offered))
        await record_history(connection, account_id, [noted])
        await record_changes(connection, [Change(ChangeKind.OFFER, rows[0]["id"])])
        return [rows[0]["id"]]

    [offer_id] = await run_once(account_id, "createOffer", idempotency_key, [given, list(events)], work)
    return await Offer.get(id=offer_id)


async def update_offer(
    account_id: int, offer_id: int, changes: Mapping[str, Any], events: Sequence[GivenEvent] | None = None
) -> Offer:
    """Change what is in `changes`, by the names of OfferFields, and all events when they are given.

    Links that were made stay as they are. Raises NotFoundError, ArchivedError, InvalidInputError, or TakenError for an
    external id in use.
    """
    hosts = await list_tracking_hosts()
    try:
        async with in_transaction() as connection:
            account = await _lock_account(connection, account_id)
            offer = await lock_offer(account_id, offer_id)
            if offer.archived_at is not None:
                raise ArchivedError("this offer is archived", ("id",))
            before = _read(offer)
            fields = _check(before.fields._replace(**changes), hosts, account)
            currency = fields.currency or account.currency
            after = _Offered(fields, before.events if events is None else check_events(events, currency))
            columns = _name_columns(after)
            await offer.update_from_dict(columns).save(update_fields=list(columns))
            was, now = find_difference(_describe(before), _describe(after))
            if now:
                await record_history(connection, account_id, [Noted("Offer", offer.id, "UPDATED", was, now)])
                await record_changes(connection, [Change(ChangeKind.OFFER, offer.id)])
    except IntegrityError as error:
        raise _refuse_external_id(changes.get("external_id")) from error
    return offer


async def archive_offer(account_id: int, offer_id: int) -> Offer:
    """No new link is bound to it; those that are go on working. Archiving again changes nothing."""
    async with in_transaction() as connection:
        offer = await lock_offer(account_id, offer_id)
        if offer.archived_at is None:
            offer.archived_at = utc_now()
            await offer.save(update_fields=["archived_at"])
            await record_history(connection, account_id, [Noted("Offer", offer.id, "ARCHIVED")])
    return offer


async def lock_offer(account_id: int, offer_id: int, path: str = "id") -> Offer:
    """In the caller's transaction. Raises NotFoundError at the path."""
    offer = await Offer.select_for_update().get_or_none(id=offer_id, account_id=account_id)
    if offer is None:
        raise NotFoundError("no such offer", (path,))
    return offer


async def _lock_account(connection: BaseDBAsyncClient, account_id: int) -> Account:
    """Before the offer, so that no window becomes longer while the account's retention becomes shorter."""
    return await Account.select_for_update(no_key=True).using_db(connection).get(id=account_id)


def _check(given: OfferFields, tracking_hosts: set[str], account: Account) -> OfferFields:
    try:
        destination = normalise_destination(given.destination_url, is_tracking_host=tracking_hosts.__contains__)
    except InvalidInputError as error:
        raise error.under("destinationUrl") from None
    external_id = given.external_id
    if given.attribution_window_days is not None:
        check_own_window(given.attribution_window_days, account.retention_days)
    return given._replace(
        name=check_text(given.name, "name", max_chars=200),
        destination_url=destination,
        external_id=None if external_id is None else check_text(external_id, "externalId", max_chars=200),
        currency=None if given.currency is None else check_currency_code(given.currency),
    )


def _read(offer: Offer) -> _Offered:
    window_s = offer.attribution_window_s
    fields = OfferFields(
        name=offer.name,
        destination_url=offer.destination_url,
        external_id=offer.external_id,
        currency=offer.currency,
        attribution_window_days=None if window_s is None else window_s // DAY_S,
        attribution_model=offer.attribution_model,
    )
    return _Offered(fields, read_events(offer.events))


def _name_columns(offered: _Offered) -> dict[str, Any]:
    """In the order of the insert."""
    fields = offered.fields
    window_days = fields.attribution_window_days
    return {
        "name": fields.name,
        "external_id": fields.external_id,
        "destination_url": fields.destination_url,
        "currency": fields.currency,
        "attribution_window_s": None if window_days is None else window_days * DAY_S,
        "attribution_model": fields.attribution_model,
        "events": write_events(offered.events),
    }


def _describe(offered: _Offered) -> dict[str, Any]:
    """By the names of the graph."""
    fields = offered.fields
    return {
        "name": fields.name,
        "destinationUrl": fields.destination_url,
        "externalId": fields.external_id,
        "currency": fields.currency,
        "attributionWindowDays": fields.attribution_window_days,
        "attributionModel": fields.attribution_model,
        "events": describe_events(offered.events),
    }


def _refuse_external_id(external_id: str | None) -> DomainError:
    return TakenError(f"there is an offer with the external id {external_id!r} already", ("externalId",))
