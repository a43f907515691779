"""What one recipient would read, without making anything. Links that are made later are shown by a placeholder."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.campaigns.rules import STAGES_WITH_LINKS
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import choose_link_domain
from tracking.errors import InvalidInputError, NotFoundError
from tracking.links.opt_out import OPT_OUT_PATH, sign_opt_out
from tracking.links.short_urls import write_short_url
from tracking.messages.composing import Composition, Draft, Slot, compose
from tracking.messages.rules import RecipientKind, check_recipient_kind, find_recipient_kind
from tracking.messages.texts import find_creator_links, find_tracking_links, read_reader
from tracking.messages.wording import MissingReason, Reader, ShortLink, Wording, word
from tracking.settings import Settings

PLACEHOLDER_SLUG: Final = "-------"  # as long as a random slug, and no slug: it leads nowhere

_CONTACT: Final = """
    SELECT contact.id AS contact_id, NULL::bigint AS creator_id, contact.name AS contact_name, '' AS creator_name,
        '' AS creator_handle, share.id, share.slug, domain.host, domain.has_tls
    FROM contact
    LEFT JOIN link AS share ON share.referring_contact_id = contact.id AND share.system_kind = 'SHARE'
        AND share.archived_at IS NULL
    LEFT JOIN tracking_domain AS domain ON domain.id = share.domain_id
    WHERE contact.account_id = $1 AND contact.id = $2
"""
_CREATOR: Final = """
    SELECT NULL::bigint AS contact_id, creator.id AS creator_id, '' AS contact_name, creator.name AS creator_name,
        creator.handle AS creator_handle, NULL::text AS slug, member.stage
    FROM creator
    LEFT JOIN campaign_creator AS member ON member.creator_id = creator.id AND member.campaign_id = $3
    WHERE creator.account_id = $1 AND creator.id = $2
"""


class Preview(NamedTuple):
    """At most one of the two; without one the text is that of the links to copy."""

    draft: Draft
    contact_id: int | None = None
    creator_id: int | None = None

    @property
    def kind(self) -> RecipientKind | None:
        if self.contact_id is not None:
            return RecipientKind.CONTACT
        return None if self.creator_id is None else RecipientKind.CREATOR


async def preview_message(pool: asyncpg.Pool, account_id: int, given: Preview, settings: Settings) -> Wording:
    """Writes nothing. Raises as `prepare_message` does, and NotFoundError for the recipient."""
    composition = await compose(account_id, given.draft)
    _check_recipient(composition, given)
    domain = await choose_link_domain(account_id, domain_id=given.draft.domain_id, campaign_id=given.draft.campaign_id)
    row = await _find_recipient(pool, account_id, given)
    creators = [given.creator_id] if given.creator_id is not None else []
    tracking = await find_tracking_links(pool, account_id, composition.pieces, creators, settings)
    reader = read_reader(row, settings, tracking.get(given.creator_id or 0, ())) if row else Reader()
    placeholder = ShortLink(_write_url(domain, PLACEHOLDER_SLUG, settings))
    links = await _find_links(pool, account_id, composition.slots, row, placeholder, settings=settings)
    opt_out = None
    if composition.opt_out_url is not None:
        token = sign_opt_out(settings.click_token_keys, composition.opt_out_url)
        opt_out = _write_url(domain, OPT_OUT_PATH.removeprefix("/") + token, settings)
    return word(composition.pieces, reader, links, opt_out, is_html=given.draft.is_html)


def _check_recipient(composition: Composition, given: Preview) -> None:
    if given.contact_id is not None and given.creator_id is not None:
        raise InvalidInputError("a recipient is a contact or a creator", ("creatorId",))
    if given.kind is not None:
        check_recipient_kind(composition.pieces, given.kind)
    elif needed := find_recipient_kind(composition.pieces):
        path = "contactId" if needed is RecipientKind.CONTACT else "creatorId"
        raise InvalidInputError(f"this text is for one {needed.value.lower()}: say which", (path,))


async def _find_links(
    pool: asyncpg.Pool,
    account_id: int,
    slots: Sequence[Slot],
    row: Any,
    placeholder: ShortLink,
    *,
    settings: Settings,
) -> dict[str, ShortLink | MissingReason]:
    """The links that a creator has; placeholders for those that are made when the message is prepared."""
    links: dict[str, ShortLink | MissingReason] = {slot.tag: placeholder for slot in slots}
    creator_id = row["creator_id"] if row else None
    if creator_id is None:
        return links
    deliverables = {slot.deliverable_id: slot.tag for slot in slots if slot.deliverable_id is not None}
    own = await find_creator_links(pool, account_id, list(deliverables), [creator_id], settings)
    is_promoted = row["stage"] in STAGES_WITH_LINKS
    for deliverable_id, tag in deliverables.items():
        made_later = placeholder if is_promoted else MissingReason.NOT_PROMOTED
        links[tag] = own.get((deliverable_id, creator_id), made_later)
    return links


async def _find_recipient(pool: asyncpg.Pool, account_id: int, given: Preview) -> Any:
    if given.contact_id is not None:
        row = await pool.fetchrow(_CONTACT, account_id, given.contact_id)
    elif given.creator_id is not None:
        row = await pool.fetchrow(_CREATOR, account_id, given.creator_id, given.draft.campaign_id)
    else:
        return None
    if row is None:
        name, path = ("creator", "creatorId") if given.contact_id is None else ("contact", "contactId")
        raise NotFoundError(f"no such {name}", (path,))
    return row


def _write_url(domain: TrackingDomain, path: str, settings: Settings) -> str:
    return write_short_url(domain.host, path, has_tls=domain.has_tls, public_port=settings.public_port)
