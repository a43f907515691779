"""Use cases of single links. Each owns its transaction; redirectors are told in it (rule 8)."""

from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.deliverables import check_destination
from tracking.campaigns.models import Campaign
from tracking.changes.rules import ChangeKind, write_address
from tracking.changes.service import Change, record_changes
from tracking.clock import utc_now
from tracking.creators.models import Creator
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import find_link_domain, list_tracking_hosts
from tracking.errors import InvalidInputError, NotFoundError, TakenError
from tracking.idempotency import run_once
from tracking.links.models import Link
from tracking.links.rules import check_readable_slug, make_slug
from tracking.text import check_tags, check_text

_RANDOM_SLUG_TRIES: Final = 20

_INSERT: Final = """
    INSERT INTO link (account_id, domain_id, slug, is_readable, kind, destination_url, is_destination_overridden, label,
        tags, campaign_id, creator_id, created_at)
    VALUES ($1, $2, $3, $4, 'CREATOR', $5, true, $6, $7, $8, $9, now())
    ON CONFLICT DO NOTHING
    RETURNING id
"""


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
        for slug in [wanted] if wanted else (make_slug() for _ in range(_RANDOM_SLUG_TRIES)):
            values = [account_id, domain.id, slug, wanted is not None, destination, label, tags]
            rows = await connection.execute_query_dict(_INSERT, [*values, given.campaign_id, given.creator_id])
            if rows:
                change = Change(ChangeKind.LINK, rows[0]["id"], write_address(domain.host, slug))
                await record_changes(connection, [change])
                return [rows[0]["id"]]
        raise TakenError(f"{wanted!r} is, or was, the slug of another link on {domain.host}", ("slug",))

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
            link.archived_at, link.replaced_by_id = utc_now(), replacement_id
            await link.save(update_fields=["archived_at", "replaced_by_id"])
            host = (await TrackingDomain.get(id=link.domain_id)).host
            await record_changes(connection, [Change(ChangeKind.LINK, link.id, write_address(host, link.slug))])
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
