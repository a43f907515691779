"""From what a client says of a message to what it is: its text in pieces, and where each link in it leads."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tortoise.models import Model

from tracking.accounts.models import User
from tracking.campaigns.deliverables import check_destination
from tracking.campaigns.models import Campaign
from tracking.creatives.models import Creative
from tracking.domains.queries import list_tracking_hosts
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.links.opt_out import MAX_OPT_OUT_CHARS
from tracking.links.rules import normalise_destination
from tracking.messages.models import Channel
from tracking.messages.rules import ACTION_PAGE, HONEYPOT, check_tags_of, list_slots
from tracking.messages.tags import resolve_tags
from tracking.messages.template import URL_TAG, Piece, list_tags, parse_template, track_plain_urls
from tracking.offers.models import Offer


class SlotOffer(NamedTuple):
    """The offer that the links of a tag are bound to when they are made (TR4)."""

    tag: str
    offer_id: int


class Draft(NamedTuple):
    """A message as a client describes it, for previewing or preparing."""

    template: str
    channel: Channel = Channel.BROADCAST_SMS
    campaign_id: int | None = None
    creative_id: int | None = None
    sharer_id: int | None = None
    domain_id: int | None = None
    tracks_plain_urls: bool = False
    is_html: bool = False
    action_page_url: str | None = None
    opt_out_url: str | None = None
    offers: tuple[SlotOffer, ...] = ()


class Slot(NamedTuple):
    number: int
    tag: str
    destination_url: str
    offer_id: int | None = None
    deliverable_id: int | None = None
    is_honeypot: bool = False


class Composition(NamedTuple):
    """A draft that was found right. Its addresses are normalised."""

    pieces: list[Piece]
    slots: list[Slot]
    action_page_url: str | None
    opt_out_url: str | None


_OWNED: Final[tuple[tuple[str, str, type[Model], str], ...]] = (
    ("campaign_id", "campaignId", Campaign, "campaign"),
    ("creative_id", "creativeId", Creative, "creative"),
    ("sharer_id", "sharerId", User, "user"),
)


async def compose(account_id: int, draft: Draft) -> Composition:
    """Raises NotFoundError, ArchivedError, or InvalidInputError that names a tag and its place."""
    await _require_owned(account_id, draft)
    hosts = await list_tracking_hosts()
    action_page_url = _check_url(draft.action_page_url, "actionPageUrl", hosts)
    opt_out_url = _check_url(draft.opt_out_url, "optOutUrl", hosts)
    if opt_out_url is not None and len(opt_out_url) > MAX_OPT_OUT_CHARS:
        raise InvalidInputError(f"give an opt-out address of at most {MAX_OPT_OUT_CHARS} characters", ("optOutUrl",))
    pieces = _cut(draft, hosts, opt_out_url)
    check_tags_of(
        pieces,
        has_opt_out=opt_out_url is not None,
        has_action_page=action_page_url is not None,
        is_html=draft.is_html,
        channel=draft.channel,
    )
    slots = await _fill_slots(account_id, draft, pieces, action_page_url)
    return Composition(pieces, slots, action_page_url, opt_out_url)


def recall_pieces(template: str, slots: Sequence[Slot], *, is_html: bool) -> list[Piece]:
    """The pieces of a message that was composed: the same addresses are links, whatever hosts redirect by now."""
    tracked = {slot.destination_url for slot in slots if slot.tag.startswith(URL_TAG)}

    def normalise(raw: str) -> str | None:
        destination = _normalise(raw, set())
        return destination if destination in tracked else None

    return track_plain_urls(parse_template(template), normalise, is_html=is_html)


def _cut(draft: Draft, tracking_hosts: set[str], opt_out_url: str | None) -> list[Piece]:
    pieces = parse_template(draft.template)
    if not draft.tracks_plain_urls:
        return list(pieces)

    def normalise(raw: str) -> str | None:
        destination = _normalise(raw, tracking_hosts)
        return None if destination == opt_out_url else destination  # opting out is never tracked, however it is written

    return track_plain_urls(pieces, normalise, is_html=draft.is_html)


def _normalise(raw: str, tracking_hosts: set[str]) -> str | None:
    """None for what is no destination, such as a link that is short already."""
    try:
        return normalise_destination(raw, is_tracking_host=tracking_hosts.__contains__)
    except InvalidInputError:
        return None


async def _fill_slots(account_id: int, draft: Draft, pieces: list[Piece], action_page_url: str | None) -> list[Slot]:
    wanted = list_slots(pieces)
    tags = list_tags(pieces)
    named = [tags[tag] for tag, url in wanted.items() if url is None and tag not in {ACTION_PAGE, HONEYPOT}]
    found = await resolve_tags(account_id, draft.campaign_id, named)
    offers = await _find_offers(account_id, draft, wanted)
    slots = []
    for number, (tag, url) in enumerate(wanted.items(), 1):
        destination, offer_id, deliverable_id = url or action_page_url or "", None, None
        if tag in found:
            destination, offer_id = found[tag].destination_url or "", found[tag].offer_id
            deliverable_id = found[tag].deliverable_id
        slots.append(Slot(number, tag, destination, offers.get(tag, offer_id), deliverable_id, tag == HONEYPOT))
    shown = next((slot.destination_url for slot in slots if not slot.is_honeypot), "")
    return [slot._replace(destination_url=shown) if slot.is_honeypot else slot for slot in slots]


async def _find_offers(account_id: int, draft: Draft, slots: dict[str, str | None]) -> dict[str, int]:
    """By tag. Raises NotFoundError or ArchivedError for an offer, InvalidInputError for a tag without a link."""
    given = {each.tag: each.offer_id for each in draft.offers}
    if len(given) != len(draft.offers):
        raise InvalidInputError("give each tag one offer", ("offers",))
    rows = await Offer.filter(account_id=account_id, id__in=set(given.values()))
    known = {row.id: row for row in rows}
    for index, (tag, offer_id) in enumerate(given.items()):
        path = ("offers", str(index))
        if tag not in slots:
            raise InvalidInputError(f"the template has no link {{{{ {tag[:60]} }}}}", (*path, "tag"))
        if offer_id not in known:
            raise NotFoundError("no such offer", (*path, "offerId"))
        if known[offer_id].archived_at is not None:
            raise ArchivedError("this offer is archived", (*path, "offerId"))
    return given


async def _require_owned(account_id: int, draft: Draft) -> None:
    for field, path, model, name in _OWNED:
        key = getattr(draft, field)
        if key is None:
            continue
        row = await model.get_or_none(id=key, account_id=account_id)
        if row is None:
            raise NotFoundError(f"no such {name}", (path,))
        if getattr(row, "archived_at", None) is not None:
            raise ArchivedError(f"this {name} is archived", (path,))


def _check_url(url: str | None, path: str, hosts: set[str]) -> str | None:
    if url is None:
        return None
    try:
        return check_destination(url, hosts)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, (path,)) from None
