"""What one recipient reads: the pieces of a template with that recipient's values in them. Pure."""

import html
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from tracking.messages.rules import (
    ALL_TRACKING_LINKS,
    CONTACT_NAME,
    CREATOR_HANDLE,
    CREATOR_NAME,
    HONEYPOT,
    NAMESPACES,
    OPT_OUT,
    SHARE_LINK,
)
from tracking.messages.template import Markup, Piece, PlainUrl, Tag, Value, render_template


class MissingReason(StrEnum):
    """Why there is no link where one should stand."""

    ARCHIVED = "ARCHIVED"
    NOT_PROMOTED = "NOT_PROMOTED"
    NO_SHARE_LINK = "NO_SHARE_LINK"
    NO_LINKS = "NO_LINKS"


class ShortLink(NamedTuple):
    """`link_id` is None for what is no link: an opt-out address, or the placeholder of one that is made later."""

    url: str
    link_id: int | None = None
    label: str = ""


class Reader(NamedTuple):
    """A recipient, or nobody in particular: what their tags stand for."""

    contact_id: int | None = None
    creator_id: int | None = None
    contact_name: str = ""
    creator_name: str = ""
    creator_handle: str = ""
    share_link: ShortLink | None = None
    tracking_links: Sequence[ShortLink] = ()


class TextLink(NamedTuple):
    tag: str
    link: ShortLink


class MissingTag(NamedTuple):
    tag: str
    reason: MissingReason


class Wording(NamedTuple):
    """`text` is None while a link is missing: a text with a hole in it is not for sending."""

    text: str | None
    links: list[TextLink]
    missing: list[MissingTag]


def word(
    pieces: Sequence[Piece],
    reader: Reader,
    slot_links: Mapping[str, ShortLink | MissingReason],
    opt_out_url: str | None,
    *,
    is_html: bool,
) -> Wording:
    """`slot_links` are the reader's, by tag; a link that is not there was archived."""
    values: dict[str, Value] = {}
    links: list[TextLink] = []
    missing: list[MissingTag] = []
    for tag in dict.fromkeys(_list_names(pieces)):
        found = _find_links(tag, reader, slot_links, opt_out_url)
        if isinstance(found, MissingReason):
            missing.append(MissingTag(tag, found))
        elif isinstance(found, str):
            values[tag] = found
        elif tag == HONEYPOT:  # nothing to share: it is not among the links
            values[tag] = _hide(found[0])
        else:
            links += [TextLink(tag, link) for link in found]
            values[tag] = _write_links(found) if tag == ALL_TRACKING_LINKS else found[0].url
    text = None if missing else render_template(pieces, values, is_html=is_html)
    return Wording(text, links, missing)


def _find_links(
    tag: str, reader: Reader, slot_links: Mapping[str, ShortLink | MissingReason], opt_out_url: str | None
) -> Sequence[ShortLink] | str | MissingReason:
    """Links, or the text that a tag without link stands for, or why there is nothing."""
    if tag == HONEYPOT or tag.startswith((*NAMESPACES, "url_")):
        found = slot_links.get(tag, MissingReason.ARCHIVED)
        return found if isinstance(found, MissingReason) else [found]
    if tag == SHARE_LINK:
        return [reader.share_link] if reader.share_link else MissingReason.NO_SHARE_LINK
    if tag == ALL_TRACKING_LINKS:
        return reader.tracking_links or MissingReason.NO_LINKS
    if tag == OPT_OUT:
        return [ShortLink(opt_out_url or "")]
    names = {
        CONTACT_NAME: reader.contact_name,
        CREATOR_NAME: reader.creator_name or reader.creator_handle,
        CREATOR_HANDLE: reader.creator_handle,
    }
    return names[tag]


def _hide(link: ShortLink) -> Markup:
    """Neither seen, nor read aloud, nor reached by the keyboard: who opens it has read the source."""
    hidden = 'aria-hidden="true" tabindex="-1" style="display:none"'
    return Markup(f'<a href="{html.escape(link.url)}" {hidden}></a>')


def _write_links(links: Sequence[ShortLink]) -> list[str]:
    """Each with its label, in a line of its own."""
    return [f"{link.label}: {link.url}" if link.label else link.url for link in links]


def _list_names(pieces: Sequence[Piece]) -> list[str]:
    return [
        piece.tag if isinstance(piece, PlainUrl) else piece.name
        for piece in pieces
        if isinstance(piece, PlainUrl | Tag)
    ]
