"""Use cases that make links, one or many. Each owns its transaction; redirectors are told in it (rule 8)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.accounts.models import User
from tracking.campaigns.deliverables import check_destination
from tracking.campaigns.models import Campaign
from tracking.creators.models import Creator
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import choose_link_domain, list_tracking_hosts
from tracking.errors import ArchivedError, DomainError, InvalidInputError, NotFoundError
from tracking.idempotency import KeptItem, answer_once, keep_error, restore_error, run_once
from tracking.links.minting import LinkFields, Unminted, WantedLink, mint_links, refuse_slug
from tracking.links.models import Link, LinkKind, QueryPolicy
from tracking.links.rules import check_readable_slug
from tracking.links.utm import Utm, check_utm, write_utm
from tracking.offers.models import Offer
from tracking.text import check_tags, check_text

MAX_LINKS_A_CALL: Final = 1_000
MAX_LABEL_CHARS: Final = 200


class NewLink(NamedTuple):
    """A link of one creator (LS4), or a custom one when there is none (IM7).

    Several with the same destination and other labels are as many links (LO9, CU1).
    """

    creator_id: int | None
    destination_url: str
    campaign_id: int | None = None
    label: str = ""
    tags: tuple[str, ...] = ()
    slug: str | None = None
    domain_id: int | None = None
    sharer_id: int | None = None
    offer_id: int | None = None
    utm: Utm | None = None
    query_policy: QueryPolicy = QueryPolicy.IGNORE
    is_test: bool = False
    is_honeypot: bool = False


class LinkOutcome(NamedTuple):
    """What became of one link of a bulk call: its id, or why there is none. The others are not held up by it."""

    link_id: int | None
    error: DomainError | None


async def create_link(account_id: int, given: NewLink, *, idempotency_key: str | None = None) -> Link:
    """The link works when this returns. Raises NotFoundError, InvalidInputError, or TakenError for a slug in use."""
    hosts = await list_tracking_hosts()

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        [made] = await _make_links(connection, account_id, [given], hosts)
        if isinstance(made, DomainError):
            raise made
        return [made]

    operation = "createCustomLink" if given.creator_id is None else "createCreatorLink"
    [link_id] = await run_once(account_id, operation, idempotency_key, given, work)
    return await Link.get(id=link_id)


async def create_links(
    account_id: int, given: Sequence[NewLink], *, idempotency_key: str | None = None
) -> list[LinkOutcome]:
    """Make every link that can be made; the others answer why not (CU11). All of them work when this returns.

    Raises InvalidInputError for the call as a whole only: too many at once, or a bad key.
    """
    if not 1 <= len(given) <= MAX_LINKS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_LINKS_A_CALL} links in a call", ("links",))
    hosts = await list_tracking_hosts()

    async def work(connection: BaseDBAsyncClient) -> list[KeptItem]:
        made = await _make_links(connection, account_id, given, hosts)
        return [
            KeptItem(None, keep_error(outcome.under("links", str(place))))
            if isinstance(outcome, DomainError)
            else KeptItem(outcome)
            for place, outcome in enumerate(made)
        ]

    kept = await answer_once(account_id, "createLinks", idempotency_key, list(given), work, answer_type=list[KeptItem])
    return [LinkOutcome(item.id, restore_error(item.error) if item.error else None) for item in kept]


def check_link(given: NewLink, tracking_hosts: set[str]) -> NewLink:
    """The link as it is stored. Raises InvalidInputError."""
    return given._replace(
        destination_url=lead(given.destination_url, given.utm, tracking_hosts),
        label=check_label(given.label, LinkKind.CUSTOM if given.creator_id is None else LinkKind.CREATOR),
        tags=tuple(check_tags(list(given.tags))),
        slug=check_slug(given.slug),
    )


def lead(destination: str, utm: Utm | None, tracking_hosts: set[str]) -> str:
    """The destination with its utm parameters, as it is stored."""
    checked = check_destination(destination, tracking_hosts)
    if utm is None:
        return checked
    try:
        parameters = check_utm(utm)
    except InvalidInputError as error:
        raise error.under("utm") from None
    return check_destination(write_utm(checked, parameters), tracking_hosts)


def check_label(label: str, kind: LinkKind) -> str:
    """Custom links go by their label: it may not be empty."""
    return check_text(label, "label", max_chars=MAX_LABEL_CHARS, is_optional=kind is not LinkKind.CUSTOM)


def check_slug(slug: str | None) -> str | None:
    try:
        return None if slug is None else check_readable_slug(slug)
    except InvalidInputError as error:
        raise error.under("slug") from None


async def _make_links(
    connection: BaseDBAsyncClient, account_id: int, given: Sequence[NewLink], tracking_hosts: set[str]
) -> list[int | DomainError]:
    """Of each its id, or what is wrong with it."""
    known = await _find_owners(account_id, given)
    domains: dict[tuple[int | None, int | None], TrackingDomain | DomainError] = {}
    outcomes: dict[int, int | DomainError] = {}
    wanted: dict[int, WantedLink] = {}
    for place, link in enumerate(given):
        try:
            _require_owners(link, known)
            checked = check_link(link, tracking_hosts)
            domain = await _choose_domain(account_id, checked, domains)
        except DomainError as error:
            outcomes[place] = error
        else:
            wanted[place] = WantedLink(_describe(account_id, domain, checked), checked.slug, is_exact=True)
    made = await mint_links(connection, list(wanted.values()))
    for (place, each), outcome in zip(wanted.items(), made, strict=True):
        outcomes[place] = refuse_slug(each) if isinstance(outcome, Unminted) else outcome
    return [outcomes[place] for place in range(len(given))]


class _Owners(NamedTuple):
    """What of all the ids given this account has."""

    creators: set[int]
    campaigns: set[int]
    sharers: set[int]
    offers: set[int]
    archived_offers: set[int]


async def _find_owners(account_id: int, given: Sequence[NewLink]) -> _Owners:
    creators = Creator.filter(account_id=account_id, id__in={link.creator_id for link in given} - {None})
    campaigns = Campaign.filter(account_id=account_id, id__in={link.campaign_id for link in given} - {None})
    sharers = User.filter(
        account_id=account_id, archived_at__isnull=True, id__in={link.sharer_id for link in given} - {None}
    )
    offers = Offer.filter(account_id=account_id, id__in={link.offer_id for link in given} - {None})
    asked = (creators, campaigns, sharers, offers, offers.filter(archived_at__isnull=False))
    found = [set(await rows.values_list("id", flat=True)) for rows in asked]
    return _Owners(*found)  # type: ignore[arg-type]  # flat values are typed as tuples


def _require_owners(link: NewLink, known: _Owners) -> None:
    if link.creator_id is not None and link.creator_id not in known.creators:
        raise NotFoundError("no such creator", ("creatorId",))
    if link.campaign_id is not None and link.campaign_id not in known.campaigns:
        raise NotFoundError("no such campaign", ("campaignId",))
    if link.sharer_id is not None and link.sharer_id not in known.sharers:
        raise NotFoundError("no such user", ("sharerId",))
    if link.offer_id is not None and link.offer_id not in known.offers:
        raise NotFoundError("no such offer", ("offerId",))
    if link.offer_id in known.archived_offers:
        raise ArchivedError("this offer is archived", ("offerId",))


async def _choose_domain(
    account_id: int, link: NewLink, chosen: dict[tuple[int | None, int | None], TrackingDomain | DomainError]
) -> TrackingDomain:
    """Asked once for all links of a call that name the same."""
    choice = (link.domain_id, link.campaign_id)
    if choice not in chosen:
        try:
            chosen[choice] = await choose_link_domain(account_id, domain_id=choice[0], campaign_id=choice[1])
        except DomainError as error:
            chosen[choice] = error
    domain = chosen[choice]
    if isinstance(domain, DomainError):
        raise domain
    return domain


def _describe(account_id: int, domain: TrackingDomain, link: NewLink) -> LinkFields:
    return LinkFields(
        account_id=account_id,
        domain_id=domain.id,
        host=domain.host,
        kind=LinkKind.CUSTOM if link.creator_id is None else LinkKind.CREATOR,
        destination_url=link.destination_url,
        label=link.label,
        tags=link.tags,
        campaign_id=link.campaign_id,
        creator_id=link.creator_id,
        sharer_id=link.sharer_id,
        offer_id=link.offer_id,
        query_policy=link.query_policy,
        is_test=link.is_test,
        is_honeypot=link.is_honeypot,
    )
