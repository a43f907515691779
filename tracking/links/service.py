"""Use cases that stop links. Each owns its transaction; redirectors are told in it (rule 8)."""

from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.deliverables import check_destination
from tracking.changes.service import record_changes
from tracking.clock import utc_now
from tracking.domains.queries import choose_link_domain, list_tracking_hosts
from tracking.errors import DomainError, InvalidInputError, NotFoundError
from tracking.history.service import Noted, record_history
from tracking.links.archiving import mark_archived, stop_links, tell_archived
from tracking.links.creation import check_label, check_slug
from tracking.links.editing import SYSTEM_LINKS_FOLLOW, lock_link
from tracking.links.minting import LinkFields, mint_link
from tracking.links.models import Link, LinkKind

# Both before either changes, by id, as whoever archives many does: a link and its replacement may be archived at once.
_LOCK_BOTH: Final = "SELECT FROM link WHERE id = ANY ($1::bigint[]) AND account_id = $2 ORDER BY id FOR UPDATE"
_INHERITED: Final = (
    "campaign_id",
    "creator_id",
    "deliverable_id",
    "message_id",
    "offer_id",
    "sharer_id",
    "referring_contact_id",
    "system_kind",
    "query_policy",
    "is_test",
    "is_honeypot",
)


class Replacement(NamedTuple):
    """A new link in the place of an archived one, with the same owners; what is None is as it was."""

    slug: str | None = None
    destination_url: str | None = None
    label: str | None = None
    domain_id: int | None = None


async def archive_link(account_id: int, link_id: int, *, replacement: int | Replacement | None = None) -> Link:
    """Stop a link for ever (LS5, LS7), and name the link to use in its place, one that is there or a new one (LS8).

    Archiving again changes nothing, not even the replacement. Raises NotFoundError, or InvalidInputError for a
    replacement that cannot be one, or TakenError for its slug.
    """
    async with in_transaction() as connection:
        if isinstance(replacement, int):
            await connection.execute_query(_LOCK_BOTH, [[link_id, replacement], account_id])
        link = await lock_link(connection, account_id, link_id, with_owners=isinstance(replacement, Replacement))
        if link.archived_at is not None:
            return link
        stopped = await mark_archived(connection, account_id, [link.id])
        if isinstance(replacement, Replacement):
            replacement_id: int | None = await _make_replacement(connection, link, replacement)
        else:
            replacement_id = replacement
            await _check_replacement(account_id, link_id, replacement)
        await tell_archived(connection, account_id, stopped, replacement_id=replacement_id)
        await record_changes(connection, [each.change for each in stopped])
        await link.refresh_from_db(using_db=connection)
    return link


async def delete_custom_link(account_id: int, link_id: int) -> Link:
    """Stop a CUSTOM link and hide it; its clicks stay (IM8), and its slug is never used again.

    Doing it again changes nothing. Raises NotFoundError or InvalidInputError.
    """
    async with in_transaction() as connection:
        link = await Link.select_for_update().get_or_none(id=link_id, account_id=account_id)
        if link is None:
            raise NotFoundError("no such link", ("id",))
        if link.kind is not LinkKind.CUSTOM:
            raise InvalidInputError("only custom links can be deleted: archive this one", ("id",))
        if link.deleted_at is None:
            stopped = await stop_links(connection, account_id, [link.id])
            await link.refresh_from_db(using_db=connection)
            link.deleted_at = utc_now()
            await link.save(using_db=connection, update_fields=["deleted_at"])
            after = {"deletedAt": link.deleted_at.isoformat()}
            await record_history(connection, account_id, [Noted("Link", link.id, "DELETED", after=after)])
            await record_changes(connection, [each.change for each in stopped])
    return link


async def _check_replacement(account_id: int, link_id: int, replacement_id: int | None) -> None:
    if replacement_id is None:
        return
    replacement = await Link.get_or_none(id=replacement_id, account_id=account_id, deleted_at__isnull=True)
    if replacement is None:
        raise NotFoundError("no such link", ("replacementId",))
    if replacement.archived_at is not None or replacement_id == link_id:
        raise InvalidInputError("a replacement is another link, one that works", ("replacementId",))


async def _make_replacement(connection: BaseDBAsyncClient, link: Link, given: Replacement) -> int:
    """A link with the same owners, now that the archived one is no longer in the way of it."""
    if link.kind is LinkKind.RECIPIENT:
        raise InvalidInputError("a link of one recipient is part of a message that was prepared", ("replacement",))
    try:
        fields, slug = await _describe_replacement(link, given)
        link_id = await mint_link(connection, fields, slug, is_exact=True)
    except DomainError as error:
        raise error.under("replacement") from None
    if link_id is None:
        raise LookupError("the archived link was the only one in the way of its replacement")
    return link_id


async def _describe_replacement(link: Link, given: Replacement) -> tuple[LinkFields, str | None]:
    domain_id = link.domain_id if given.domain_id is None else given.domain_id
    domain = await choose_link_domain(link.account_id, domain_id=domain_id)
    destination, is_overridden = link.destination_url, link.is_destination_overridden
    if given.destination_url is not None:
        if link.kind is LinkKind.SYSTEM:
            raise InvalidInputError(SYSTEM_LINKS_FOLLOW, ("destinationUrl",))
        destination = check_destination(given.destination_url, await list_tracking_hosts())
        is_overridden = link.kind is LinkKind.CAMPAIGN
    fields = LinkFields(
        account_id=link.account_id,
        domain_id=domain.id,
        host=domain.host,
        kind=link.kind,
        destination_url=destination,
        label=check_label(link.label if given.label is None else given.label, link.kind),
        tags=link.tags,
        is_destination_overridden=is_overridden,
        **{name: getattr(link, name) for name in _INHERITED},
    )
    return fields, check_slug(given.slug)
