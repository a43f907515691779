"""Changes what a link leads to, is called and does. Its owners and its slug never change."""

from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.models import TrackingDeliverable
from tracking.changes.rules import ChangeKind, write_address
from tracking.changes.service import Change, record_changes
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import list_tracking_hosts
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.history.service import Noted, find_difference, record_history
from tracking.links.creation import check_label, lead
from tracking.links.models import Link, LinkKind, QueryPolicy
from tracking.links.utm import Utm
from tracking.text import check_tags

SYSTEM_LINKS_FOLLOW: Final = "a system link leads where its campaign, message or contact says: change it there"
# KEY SHARE is what a new link of the campaign takes in any case, by its foreign key.
_LOCK_OWNERS: Final = (
    """
    SELECT FROM campaign WHERE id = (SELECT campaign_id FROM link WHERE id = $1 AND account_id = $2) FOR KEY SHARE
    """,
    """
    SELECT FROM tracking_deliverable
    WHERE id = (SELECT deliverable_id FROM link WHERE id = $1 AND account_id = $2) FOR SHARE
    """,
)
# What was found out about the old destination says nothing about the new one.
_UNCHECKED: Final[dict[str, None]] = {
    "is_destination_broken": None,
    "destination_checked_at": None,
    "destination_finding": None,
}


class LinkChanges(NamedTuple):
    """What is None stays. A CAMPAIGN link whose destination is changed no longer follows its deliverable (LS6);
    `follows_deliverable` lets it follow again.
    """

    destination_url: str | None = None
    utm: Utm | None = None
    follows_deliverable: bool = False
    label: str | None = None
    tags: tuple[str, ...] | None = None
    query_policy: QueryPolicy | None = None
    is_test: bool | None = None


async def update_link(account_id: int, link_id: int, changes: LinkChanges) -> Link:
    """Raises NotFoundError, ArchivedError or InvalidInputError."""
    hosts = await list_tracking_hosts()
    async with in_transaction() as connection:
        link = await lock_link(connection, account_id, link_id, with_owners=changes.follows_deliverable)
        if link.archived_at is not None:
            raise ArchivedError("this link is archived: it can no longer change", ("id",))
        if link.kind is LinkKind.RECIPIENT:
            raise InvalidInputError("a link of one recipient is part of a message that was prepared", ("id",))
        before = _show(link)
        link.update_from_dict(await _check_changes(link, changes, hosts))
        difference = find_difference(before, _show(link))
        if difference[0]:
            await link.save(using_db=connection)
            await record_history(connection, account_id, [Noted("Link", link.id, "UPDATED", *difference)])
            await record_changes(connection, [Change(ChangeKind.LINK, link.id, await _find_address(link))])
    return link


async def lock_link(connection: BaseDBAsyncClient, account_id: int, link_id: int, *, with_owners: bool = False) -> Link:
    """Campaign and deliverable before the link, as whoever edits them does: nobody waits for one who waits for us.

    Raises NotFoundError, also for a deleted link.
    """
    for lock in _LOCK_OWNERS if with_owners else ():
        await connection.execute_query(lock, [link_id, account_id])
    link = await Link.select_for_update().get_or_none(id=link_id, account_id=account_id, deleted_at__isnull=True)
    if link is None:
        raise NotFoundError("no such link", ("id",))
    return link


async def _check_changes(link: Link, changes: LinkChanges, hosts: set[str]) -> dict[str, Any]:
    """The columns that were asked to change."""
    columns: dict[str, Any] = await _redirect(link, changes, hosts)
    if changes.label is not None:
        columns["label"] = check_label(changes.label, link.kind)
    if changes.tags is not None:
        columns["tags"] = check_tags(list(changes.tags))
    if changes.query_policy is not None:
        columns["query_policy"] = changes.query_policy
    if changes.is_test is not None:
        columns["is_test"] = changes.is_test
    return columns


async def _redirect(link: Link, changes: LinkChanges, hosts: set[str]) -> dict[str, Any]:
    if changes.destination_url is None and changes.utm is None and not changes.follows_deliverable:
        return {}
    if link.kind is LinkKind.SYSTEM:
        raise InvalidInputError(SYSTEM_LINKS_FOLLOW, ("destinationUrl",))
    if changes.follows_deliverable:
        return await _follow(link, changes)
    destination = lead(changes.destination_url or link.destination_url, changes.utm, hosts)
    if destination == link.destination_url:
        return {}
    columns = {"destination_url": destination, "is_destination_overridden": link.kind is LinkKind.CAMPAIGN}
    return {**columns, **_UNCHECKED}


async def _follow(link: Link, changes: LinkChanges) -> dict[str, Any]:
    path = ("followsDeliverable",)
    if changes.destination_url is not None or changes.utm is not None:
        raise InvalidInputError("a link follows its deliverable, or has a destination of its own: give one", path)
    if link.deliverable_id is None:
        raise InvalidInputError("this link was not made by a deliverable", path)
    deliverable = await TrackingDeliverable.get(id=link.deliverable_id)
    columns = {"destination_url": deliverable.destination_url, "is_destination_overridden": False}
    return {**columns, **_UNCHECKED} if deliverable.destination_url != link.destination_url else columns


def _show(link: Link) -> dict[str, Any]:
    return {
        "destinationUrl": link.destination_url,
        "destinationOverridden": link.is_destination_overridden,
        "label": link.label,
        "tags": list(link.tags),
        "queryPolicy": link.query_policy.value,
        "isTest": link.is_test,
    }


async def _find_address(link: Link) -> str:
    return write_address((await TrackingDomain.get(id=link.domain_id)).host, link.slug)
