"""Use cases of contacts. Each owns its transaction."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.contacts.rules import GivenContact, check_contact
from tracking.domains.queries import find_link_domain, list_tracking_hosts
from tracking.errors import DomainError, InvalidInputError
from tracking.idempotency import KeptItem, answer_once, keep_error, restore_error
from tracking.links.system import make_share_links

MAX_CONTACTS_A_CALL: Final = 1_000

# In the order of the external ids, so that parallel calls wait for each other and never deadlock.
_INSERT: Final = """
    INSERT INTO contact (account_id, external_id, name, created_at)
    SELECT $1, external_id, '', now() FROM unnest($2::text[]) AS given (external_id) ORDER BY external_id
    ON CONFLICT DO NOTHING
"""
_LOCK: Final = """
    SELECT id, external_id FROM contact WHERE account_id = $1 AND external_id = ANY ($2::text[])
    ORDER BY id FOR NO KEY UPDATE
"""
_UPDATE: Final = """
    UPDATE contact SET name = coalesce(given.name, contact.name),
        share_url = CASE WHEN given.sets_share_url THEN given.share_url ELSE contact.share_url END
    FROM unnest($1::bigint[], $2::text[], $3::bool[], $4::text[]) AS given (id, name, sets_share_url, share_url)
    WHERE contact.id = given.id
"""


class ContactOutcome(NamedTuple):
    """What became of one item of a bulk call: the contact's id, or why not. The others are not held up by it."""

    contact_id: int | None
    error: DomainError | None


async def upsert_contacts(
    account_id: int, contacts: Sequence[GivenContact], *, idempotency_key: str | None = None
) -> list[ContactOutcome]:
    """Create or change each contact that can be, by external id, with its SHARE link; the others answer why not.

    Raises InvalidInputError for the call as a whole only: too many at once, or a bad key.
    """
    if not 1 <= len(contacts) <= MAX_CONTACTS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_CONTACTS_A_CALL} contacts in a call", ("contacts",))
    hosts = await list_tracking_hosts()

    async def work(connection: BaseDBAsyncClient) -> list[KeptItem]:
        checked = _check(contacts, hosts, await _find_share_refusal(account_id, contacts))
        ids = await _write(connection, account_id, [each for each in checked if isinstance(each, GivenContact)])
        return [
            KeptItem(ids[each.external_id])
            if isinstance(each, GivenContact)
            else KeptItem(None, keep_error(each.under("contacts", str(place))))
            for place, each in enumerate(checked)
        ]

    kept = await answer_once(
        account_id, "upsertContacts", idempotency_key, list(contacts), work, answer_type=list[KeptItem]
    )
    return [ContactOutcome(item.id, restore_error(item.error) if item.error else None) for item in kept]


def _check(
    contacts: Sequence[GivenContact], hosts: set[str], share_refusal: DomainError | None
) -> list[GivenContact | DomainError]:
    seen: set[str] = set()
    return [_check_one(contact, hosts, share_refusal, seen) for contact in contacts]


def _check_one(
    contact: GivenContact, hosts: set[str], share_refusal: DomainError | None, seen: set[str]
) -> GivenContact | DomainError:
    try:
        checked = check_contact(contact, hosts)
    except DomainError as error:
        return error
    if checked.external_id in seen:
        return InvalidInputError("this external id stands in the call already", ("externalId",))
    seen.add(checked.external_id)
    return share_refusal if share_refusal is not None and checked.changes.get("share_url") else checked


async def _find_share_refusal(account_id: int, contacts: Sequence[GivenContact]) -> DomainError | None:
    """Why no SHARE link can be made now; None when one can, or nobody wants one."""
    if any(contact.changes.get("share_url") for contact in contacts):
        try:
            await find_link_domain(account_id, None)
        except DomainError as error:
            return type(error)(f"no link can be made: {error.message}", ("shareUrl",))
    return None


async def _write(connection: BaseDBAsyncClient, account_id: int, contacts: Sequence[GivenContact]) -> Mapping[str, int]:
    """The ids by external id."""
    external_ids = [contact.external_id for contact in contacts]
    await connection.execute_query(_INSERT, [account_id, external_ids])
    rows = await connection.execute_query_dict(_LOCK, [account_id, external_ids])
    ids = {row["external_id"]: int(row["id"]) for row in rows}
    columns = (
        [ids[contact.external_id] for contact in contacts],
        [contact.changes.get("name") for contact in contacts],
        ["share_url" in contact.changes for contact in contacts],
        [contact.changes.get("share_url") for contact in contacts],
    )
    await connection.execute_query(_UPDATE, [*columns])
    shared = [ids[contact.external_id] for contact in contacts if "share_url" in contact.changes]
    if shared:
        await make_share_links(connection, account_id, shared)
    return ids
