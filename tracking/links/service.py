"""Use cases of single links. Each owns its transaction; redirectors are told in it (rule 8)."""

from typing import NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.deliverables import check_destination
from tracking.campaigns.models import Campaign
from tracking.changes.service import record_changes
from tracking.creators.models import Creator
from tracking.domains.queries import find_link_domain, list_tracking_hosts
from tracking.errors import InvalidInputError, NotFoundError
from tracking.idempotency import run_once
from tracking.links.archiving import stop_links
from tracking.links.minting import LinkFields, mint_link
from tracking.links.models import Link, LinkKind
from tracking.links.rules import check_readable_slug
from tracking.text import check_tags, check_text


class NewCreatorLink(NamedTuple):
    """A link of one creator (LS4); several with the same destination and other labels are as many links (LO9, CU1)."""

    creator_id: int
    destination_url: str
    campaign_id: int | None = None
    label: str = ""
    tags: tuple[str, ...] = ()
    slug: str | None = None
    domain_id: int | None = None


async def create_creator_link(account_id: int, given: NewCreatorLink, *, idempotency_key: str | None = None) -> Link:
    """The link works when this returns. Raises NotFoundError, InvalidInputError, or TakenError for a slug in use."""
    await _require_owner(account_id, given)
    destination = check_destination(given.destination_url, await list_tracking_hosts())
    label = check_text(given.label, "label", max_chars=200, is_optional=True)
    tags = check_tags(list(given.tags))
    wanted = _check_slug(given.slug)

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        domain = await find_link_domain(account_id, given.domain_id)
        fields = LinkFields(
            account_id=account_id,
            domain_id=domain.id,
            host=domain.host,
            kind=LinkKind.CREATOR,
            destination_url=destination,
            label=label,
            tags=tags,
            campaign_id=given.campaign_id,
            creator_id=given.creator_id,
            is_destination_overridden=True,
        )
        link_id = await mint_link(connection, fields, wanted, is_exact=True)
        if link_id is None:
            raise LookupError("only its slug could have been in the way of a creator's link")
        return [link_id]

    [link_id] = await run_once(account_id, "createCreatorLink", idempotency_key, given, work)
    return await Link.get(id=link_id)


async def archive_link(account_id: int, link_id: int, *, replacement_id: int | None = None) -> Link:
    """Stop a link for ever (LS5, LS7). Archiving again changes nothing, not even the replacement (LS8).

    Raises NotFoundError, or InvalidInputError for a replacement that does not work itself.
    """
    async with in_transaction() as connection:
        link = await Link.select_for_update().get_or_none(id=link_id, account_id=account_id)
        if link is None:
            raise NotFoundError("no such link", ("id",))
        if link.archived_at is None:
            await _check_replacement(account_id, link_id, replacement_id)
            stopped = await stop_links(connection, account_id, [link_id], replacement_id=replacement_id)
            await record_changes(connection, [each.change for each in stopped])
            await link.refresh_from_db(using_db=connection)
    return link


async def _check_replacement(account_id: int, link_id: int, replacement_id: int | None) -> None:
    if replacement_id is None:
        return
    replacement = await Link.get_or_none(id=replacement_id, account_id=account_id)
    if replacement is None:
        raise NotFoundError("no such link", ("replacementId",))
    if replacement.archived_at is not None or replacement_id == link_id:
        raise InvalidInputError("a replacement is another link, one that works", ("replacementId",))


async def _require_owner(account_id: int, given: NewCreatorLink) -> None:
    if not await Creator.filter(id=given.creator_id, account_id=account_id).exists():
        raise NotFoundError("no such creator", ("creatorId",))
    if (
        given.campaign_id is not None
        and not await Campaign.filter(id=given.campaign_id, account_id=account_id).exists()
    ):
        raise NotFoundError("no such campaign", ("campaignId",))


def _check_slug(slug: str | None) -> str | None:
    try:
        return None if slug is None else check_readable_slug(slug)
    except InvalidInputError as error:
        raise error.under("slug") from None
