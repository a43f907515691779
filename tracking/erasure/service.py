"""Use cases of erasure. Each owns its transaction."""

from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.changes.service import record_changes
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.erasure.models import Erasure
from tracking.erasure.places import BLANK_SHARE_LINKS
from tracking.erasure.rules import WATCHED, draw_stand_in
from tracking.errors import NotFoundError
from tracking.history.actors import current_actor
from tracking.history.service import Noted, record_history
from tracking.links.archiving import stop_links

_LINKS: Final = """
    SELECT id FROM link WHERE account_id = $1 AND (contact_id = $2 OR referring_contact_id = $2) ORDER BY id
"""


async def erase_contact(account_id: int, contact_id: int) -> Erasure:
    """The contact is gone and the contact's links lead nowhere when this returns; a job forgets the rest.

    Asked again it answers with the same erasure, for as long as it still looks for late clicks. NotFoundError.
    """
    async with in_transaction() as connection:
        rows = Contact.select_for_update().using_db(connection).filter(id=contact_id, account_id=account_id)
        contact = await rows.first()
        if contact is None:
            erasure = await Erasure.filter(account_id=account_id, contact_id=contact_id).using_db(connection).first()
            if erasure is None:
                raise NotFoundError("no such contact", ("id",))
            return erasure
        erasure = await _write(connection, contact)
        links = await connection.execute_query_dict(_LINKS, [account_id, contact_id])
        stopped = await stop_links(connection, account_id, [row["id"] for row in links])
        await connection.execute_query(BLANK_SHARE_LINKS, [account_id, contact_id, erasure.stand_in_id])
        await contact.delete(using_db=connection)
        await record_history(connection, account_id, [Noted("Erasure", erasure.id, "REQUESTED")])
        await record_changes(connection, [link.change for link in stopped])
        return erasure


async def _write(connection: BaseDBAsyncClient, contact: Contact) -> Erasure:
    actor = current_actor()
    return await Erasure.create(
        using_db=connection,
        account_id=contact.account_id,
        contact_id=contact.id,
        stand_in_id=draw_stand_in(),
        needles=[text for text in (contact.external_id, contact.share_url) if text],
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        watched_until=utc_now() + WATCHED,
    )
