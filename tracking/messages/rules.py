"""Which tags a message may hold for whom, and which of them need a link of their own for each recipient. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from tracking.errors import InvalidInputError
from tracking.messages.models import Channel
from tracking.messages.template import Piece, PlainUrl, Tag, list_tags

MAX_SLOTS: Final = 20
MAX_RECIPIENTS_A_CALL: Final = 1_000

DELIVERABLES: Final = "links."
NAMESPACES: Final = (DELIVERABLES, "custom_links.", "system_links.", "offers.")
ACTION_PAGE: Final = "system_links.action_page"
ALL_TRACKING_LINKS: Final = "all_tracking_links"
SHARE_LINK: Final = "contact.share_link"
CONTACT_NAME: Final = "contact.name"
CREATOR_NAME: Final = "creator.name"
CREATOR_HANDLE: Final = "creator.handle"
OPT_OUT: Final = "opt_out"
HONEYPOT: Final = "honeypot"


class RecipientKind(StrEnum):
    CONTACT = "CONTACT"
    CREATOR = "CREATOR"


_NEEDED: Final[Mapping[str, RecipientKind]] = {
    CONTACT_NAME: RecipientKind.CONTACT,
    SHARE_LINK: RecipientKind.CONTACT,
    CREATOR_NAME: RecipientKind.CREATOR,
    CREATOR_HANDLE: RecipientKind.CREATOR,
    ALL_TRACKING_LINKS: RecipientKind.CREATOR,
}


def check_tags_of(
    pieces: Sequence[Piece], *, has_opt_out: bool, has_action_page: bool, is_html: bool, channel: Channel
) -> None:
    """Raises InvalidInputError for a tag that nothing is known of, or that this message has no value for."""
    tags = list_tags(pieces)
    for tag in tags.values():
        if tag.name == OPT_OUT and not has_opt_out:
            raise _refuse(tag, "needs optOutUrl")
        if tag.name == ACTION_PAGE and not has_action_page:
            raise _refuse(tag, "needs actionPageUrl")
        if tag.name == HONEYPOT and not is_html:
            raise _refuse(tag, "is hidden from people, and only HTML can hide it")
        if tag.name not in {*_NEEDED, OPT_OUT, HONEYPOT} and not tag.name.startswith(NAMESPACES):
            raise _refuse(tag, "is not a merge tag")
        if tag.name in _NEEDED and channel is Channel.OPEN_WEBPAGE:
            raise _refuse(tag, "needs a recipient, and a page that is opened has none")
    find_recipient_kind(pieces)


def find_recipient_kind(pieces: Sequence[Piece]) -> RecipientKind | None:
    """Whom the text is for; None when anybody may get it. Raises InvalidInputError when nobody can be meant."""
    needed: Tag | None = None
    for tag in list_tags(pieces).values():
        if tag.name not in _NEEDED:
            continue
        if needed is not None and _NEEDED[tag.name] is not _NEEDED[needed.name]:
            raise _refuse(tag, f"does not go with {{{{ {needed.name} }}}}: a recipient is a contact or a creator")
        needed = tag
    return _NEEDED[needed.name] if needed else None


def check_recipient_kind(pieces: Sequence[Piece], kind: RecipientKind) -> None:
    """Raises InvalidInputError for a tag that recipients of this kind have no value for."""
    for tag in list_tags(pieces).values():
        if _NEEDED.get(tag.name, kind) is not kind:
            raise _refuse(tag, f"has no value for a {kind.value.lower()}")


def list_slots(pieces: Sequence[Piece]) -> dict[str, str | None]:
    """The tags that stand for a link of each recipient's own, in the order of the text; plain addresses lead there.

    Raises InvalidInputError for too many.
    """
    slots: dict[str, str | None] = {}
    for piece in pieces:
        if isinstance(piece, PlainUrl):
            slots.setdefault(piece.tag, piece.destination_url)
        elif isinstance(piece, Tag) and (piece.name == HONEYPOT or piece.name.startswith(NAMESPACES)):
            slots.setdefault(piece.name, None)
    if HONEYPOT in slots and len(slots) == 1:
        raise InvalidInputError("a honeypot leads where a link of the text does: give it one", ("template",))
    if len(slots) > MAX_SLOTS:
        raise InvalidInputError(f"a message has at most {MAX_SLOTS} different links", ("template",))
    return slots


def _refuse(tag: Tag, reason: str) -> InvalidInputError:
    return InvalidInputError(f"{{{{ {tag.name} }}}} at {tag.position} {reason}", ("template",))
