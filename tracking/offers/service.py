"""Use cases of offers. Each owns its transaction."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.clock import utc_now
from tracking.domains.queries import list_tracking_hosts
from tracking.errors import ArchivedError, DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, find_difference, record_history
from tracking.idempotency import run_once
from tracking.links.rules import normalise_destination
from tracking.offers.models import Offer
from tracking.text import check_text

_INSERT: Final = """
    INSERT INTO offer (account_id, name, external_id, destination_url, created_at) VALUES ($1, $2, $3, $4, now())
    ON CONFLICT DO NOTHING
    RETURNING id
"""


class OfferFields(NamedTuple):
    name: str
    destination_url: str
    external_id: str | None = None


async def create_offer(account_id: int, given: OfferFields, *, idempotency_key: str | None = None) -> Offer:
    """Raises InvalidInputError, or TakenError for an external id in use, be it an archived offer's."""
    fields = _check(given, await list_tracking_hosts())

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        values = [account_id, fields.name, fields.external_id, fields.destination_url]
        rows = await connection.execute_query_dict(_INSERT, values)
        if not rows:
            raise _refuse_external_id(fields.external_id)
        noted = Noted("Offer", rows[0]["id"], "CREATED", after=_describe(fields))
        await record_history(connection, account_id, [noted])
        return [rows[0]["id"]]

    [offer_id] = await run_once(account_id, "createOffer", idempotency_key, given, work)
    return await Offer.get(id=offer_id)


async def update_offer(account_id: int, offer_id: int, changes: Mapping[str, Any]) -> Offer:
    """Change what is in `changes`, by the names of OfferFields. Links that were made stay as they are.

    Raises NotFoundError, ArchivedError, InvalidInputError, or TakenError for an external id in use.
    """
    hosts = await list_tracking_hosts()
    try:
        async with in_transaction() as connection:
            offer = await _lock_offer(account_id, offer_id)
            if offer.archived_at is not None:
                raise ArchivedError("this offer is archived", ("id",))
            before = OfferFields(offer.name, offer.destination_url, offer.external_id)
            after = _check(before._replace(**changes), hosts)
            await offer.update_from_dict(after._asdict()).save(update_fields=list(after._fields))
            was, now = find_difference(_describe(before), _describe(after))
            if now:
                await record_history(connection, account_id, [Noted("Offer", offer.id, "UPDATED", was, now)])
    except IntegrityError as error:
        raise _refuse_external_id(changes.get("external_id")) from error
    return offer


async def archive_offer(account_id: int, offer_id: int) -> Offer:
    """No new link is bound to it; those that are go on working. Archiving again changes nothing."""
    async with in_transaction() as connection:
        offer = await _lock_offer(account_id, offer_id)
        if offer.archived_at is None:
            offer.archived_at = utc_now()
            await offer.save(update_fields=["archived_at"])
            await record_history(connection, account_id, [Noted("Offer", offer.id, "ARCHIVED")])
    return offer


async def _lock_offer(account_id: int, offer_id: int) -> Offer:
    offer = await Offer.select_for_update().get_or_none(id=offer_id, account_id=account_id)
    if offer is None:
        raise NotFoundError("no such offer", ("id",))
    return offer


def _check(given: OfferFields, tracking_hosts: set[str]) -> OfferFields:
    try:
        destination = normalise_destination(given.destination_url, is_tracking_host=tracking_hosts.__contains__)
    except InvalidInputError as error:
        raise error.under("destinationUrl") from None
    external_id = given.external_id
    return OfferFields(
        name=check_text(given.name, "name", max_chars=200),
        destination_url=destination,
        external_id=None if external_id is None else check_text(external_id, "externalId", max_chars=200),
    )


def _describe(fields: OfferFields) -> dict[str, str | None]:
    return {"name": fields.name, "destinationUrl": fields.destination_url, "externalId": fields.external_id}


def _refuse_external_id(external_id: str | None) -> DomainError:
    return TakenError(f"there is an offer with the external id {external_id!r} already", ("externalId",))
