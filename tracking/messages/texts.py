"""Reads of rendered texts, page by page, for whoever sends them: a constant number of statements a page."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.links.opt_out import OPT_OUT_PATH, sign_opt_out
from tracking.links.short_urls import write_short_url
from tracking.messages.composing import Slot, recall_pieces
from tracking.messages.queries import MessageRow
from tracking.messages.rules import ALL_TRACKING_LINKS, find_recipient_kind
from tracking.messages.template import Piece, list_tags
from tracking.messages.wording import MissingReason, Reader, ShortLink, Wording, word
from tracking.paging import Conditions, Window
from tracking.settings import Settings

_RECIPIENTS: Final = """
    SELECT recipient.position, recipient.is_prepared, recipient.contact_id, recipient.creator_id,
        contact.name AS contact_name, creator.name AS creator_name, creator.handle AS creator_handle,
        share.id, share.slug, domain.host, domain.has_tls
    FROM message_recipient AS recipient
    LEFT JOIN contact ON contact.id = recipient.contact_id
    LEFT JOIN creator ON creator.id = recipient.creator_id
    LEFT JOIN link AS share ON share.referring_contact_id = recipient.contact_id AND share.system_kind = 'SHARE'
        AND share.archived_at IS NULL
    LEFT JOIN tracking_domain AS domain ON domain.id = share.domain_id
"""
# In parts, as each has a partial index of its own.
_RECIPIENT_LINKS: Final = """
    WITH wanted AS (
        SELECT * FROM link WHERE message_id = $1 AND contact_id = ANY ($2::bigint[])
        UNION ALL
        SELECT * FROM link WHERE message_id = $1 AND kind = 'RECIPIENT' AND contact_id IS NULL
            AND creator_id = ANY ($3::bigint[])
    )
    SELECT wanted.id, slot, contact_id, creator_id, slug, label, host, has_tls, wanted.archived_at
    FROM wanted JOIN tracking_domain AS domain ON domain.id = wanted.domain_id
"""
_SHARED_LINKS: Final = """
    SELECT link.id, message_id, slot, slug, link.label, host, has_tls, link.archived_at
    FROM link JOIN tracking_domain AS domain ON domain.id = link.domain_id
    WHERE message_id = ANY ($1::bigint[]) AND kind = 'RECIPIENT' AND contact_id IS NULL AND creator_id IS NULL
"""
_CREATOR_LINKS: Final = """
    SELECT DISTINCT ON (deliverable_id, creator_id)
        link.id, deliverable_id, creator_id, slug, link.label, host, has_tls, link.archived_at
    FROM link JOIN tracking_domain AS domain ON domain.id = link.domain_id
    WHERE link.account_id = $1 AND deliverable_id = ANY ($2::bigint[]) AND creator_id = ANY ($3::bigint[])
    ORDER BY deliverable_id, creator_id, link.archived_at NULLS FIRST, link.id
"""
_ALL_LINKS: Final = """
    SELECT link.id, creator_id, slug, link.label, host, has_tls
    FROM link JOIN tracking_domain AS domain ON domain.id = link.domain_id
    WHERE link.account_id = $1 AND creator_id = ANY ($2::bigint[]) AND kind IN ('CAMPAIGN', 'CREATOR')
        AND link.archived_at IS NULL
    ORDER BY link.id
"""


class TextFilter(NamedTuple):
    contact_id: int | None = None
    creator_id: int | None = None
    is_prepared: bool | None = None


class RecipientText(NamedTuple):
    """`wording` is None until the recipient's links are made."""

    position: int
    contact_id: int | None
    creator_id: int | None
    wording: Wording | None


async def list_texts(
    pool: asyncpg.Pool,
    message: MessageRow,
    slots: Sequence[Slot],
    wanted: TextFilter,
    window: Window,
    *,
    settings: Settings,
    is_descending: bool = False,
) -> list[RecipientText]:
    """A page of recipients in the order they were named."""
    conditions = Conditions(message.id)
    conditions.require("recipient.message_id = $1")
    conditions.add_if_given("recipient.contact_id = {}", wanted.contact_id)
    conditions.add_if_given("recipient.creator_id = {}", wanted.creator_id)
    conditions.add_if_given("recipient.is_prepared = {}", wanted.is_prepared)
    page = conditions.page(["recipient.position"], window, is_descending=is_descending)
    rows = await pool.fetch(f"{_RECIPIENTS} {page}", *conditions.parameters)
    pieces = recall_pieces(message.template, slots, is_html=message.is_html)
    links = await _find_slot_links(pool, message, slots, rows, settings)
    tracking = await find_tracking_links(pool, message.account_id, pieces, _list_creators(rows), settings)
    opt_out = write_opt_out(message, settings)
    return [
        RecipientText(
            row["position"],
            row["contact_id"],
            row["creator_id"],
            word(
                pieces,
                read_reader(row, settings, tracking.get(row["creator_id"], ())),
                links.get((row["contact_id"], row["creator_id"]), {}),
                opt_out,
                is_html=message.is_html,
            )
            if row["is_prepared"]
            else None,
        )
        for row in rows
    ]


async def read_shared_texts(
    pool: asyncpg.Pool, messages: Sequence[tuple[MessageRow, Sequence[Slot]]], settings: Settings
) -> dict[int, Wording]:
    """The texts with the links to copy, whose clicks name nobody (IM3). Those for a recipient only are left out."""
    links: dict[int, dict[int, ShortLink | MissingReason]] = {}
    for row in await pool.fetch(_SHARED_LINKS, [message.id for message, _ in messages]):
        links.setdefault(row["message_id"], {})[row["slot"]] = _read_slot_link(row, settings)
    found: dict[int, Wording] = {}
    for message, slots in messages:
        pieces = recall_pieces(message.template, slots, is_html=message.is_html)
        if find_recipient_kind(pieces) is None:
            own = links.get(message.id, {})
            by_tag = {slot.tag: own[slot.number] for slot in slots if slot.number in own}
            opt_out = write_opt_out(message, settings)
            found[message.id] = word(pieces, Reader(), by_tag, opt_out, is_html=message.is_html)
    return found


async def find_creator_links(
    pool: asyncpg.Pool, account_id: int, deliverable_ids: Sequence[int], creator_ids: Sequence[int], settings: Settings
) -> dict[tuple[int, int], ShortLink | MissingReason]:
    """By deliverable and creator. A pair that never had a link is left out."""
    if not deliverable_ids or not creator_ids:
        return {}
    rows = await pool.fetch(_CREATOR_LINKS, account_id, list(deliverable_ids), list(creator_ids))
    return {(row["deliverable_id"], row["creator_id"]): _read_slot_link(row, settings) for row in rows}


async def find_tracking_links(
    pool: asyncpg.Pool, account_id: int, pieces: Sequence[Piece], creator_ids: Collection[int], settings: Settings
) -> dict[int, list[ShortLink]]:
    """Every link of each creator that works (LS10), where the text asks for it."""
    found: dict[int, list[ShortLink]] = {}
    if creator_ids and ALL_TRACKING_LINKS in list_tags(pieces):
        for row in await pool.fetch(_ALL_LINKS, account_id, list(creator_ids)):
            found.setdefault(row["creator_id"], []).append(read_short_link(row, settings))
    return found


def read_reader(row: Any, settings: Settings, tracking_links: Sequence[ShortLink]) -> Reader:
    return Reader(
        contact_id=row["contact_id"],
        creator_id=row["creator_id"],
        contact_name=row["contact_name"] or "",
        creator_name=row["creator_name"] or "",
        creator_handle=row["creator_handle"] or "",
        share_link=read_short_link(row, settings) if row["slug"] else None,
        tracking_links=tracking_links,
    )


def read_short_link(row: Any, settings: Settings) -> ShortLink:
    url = write_short_url(row["host"], row["slug"], has_tls=row["has_tls"], public_port=settings.public_port)
    return ShortLink(url, row["id"], row.get("label") or "")


def write_opt_out(message: MessageRow, settings: Settings) -> str | None:
    """On the message's own domain; works with every store down (TR24)."""
    if message.opt_out_url is None:
        return None
    path = OPT_OUT_PATH.removeprefix("/") + sign_opt_out(settings.click_token_keys, message.opt_out_url)
    return write_short_url(message.host, path, has_tls=message.has_tls, public_port=settings.public_port)


async def _find_slot_links(
    pool: asyncpg.Pool, message: MessageRow, slots: Sequence[Slot], recipients: Sequence[Any], settings: Settings
) -> dict[tuple[int | None, int | None], dict[str, ShortLink | MissingReason]]:
    """By contact and creator, then by tag."""
    tags = {slot.number: slot.tag for slot in slots}
    contacts = [row["contact_id"] for row in recipients if row["contact_id"] is not None]
    creators = _list_creators(recipients)
    rows = await pool.fetch(_RECIPIENT_LINKS, message.id, contacts, creators) if tags else []
    found = _by_reader(rows, tags, settings)
    deliverables = {slot.deliverable_id: slot.tag for slot in slots if slot.deliverable_id is not None}
    own = await find_creator_links(pool, message.account_id, list(deliverables), creators, settings)
    for creator_id in creators:
        for deliverable_id, tag in deliverables.items():
            link = own.get((deliverable_id, creator_id), MissingReason.NOT_PROMOTED)
            found.setdefault((None, creator_id), {})[tag] = link
    return found


def _by_reader(
    rows: Sequence[Any], tags: Mapping[int, str], settings: Settings
) -> dict[tuple[int | None, int | None], dict[str, ShortLink | MissingReason]]:
    found: dict[tuple[int | None, int | None], dict[str, ShortLink | MissingReason]] = {}
    for row in rows:
        links = found.setdefault((row["contact_id"], row["creator_id"]), {})
        links[tags[row["slot"]]] = _read_slot_link(row, settings)
    return found


def _read_slot_link(row: Any, settings: Settings) -> ShortLink | MissingReason:
    return MissingReason.ARCHIVED if row["archived_at"] is not None else read_short_link(row, settings)


def _list_creators(rows: Sequence[Any]) -> list[int]:
    return [row["creator_id"] for row in rows if row["creator_id"] is not None]
