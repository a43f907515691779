"""Links that the service makes by itself when their URL is set (IM1, IM4): one that works for each thing and kind."""

from collections.abc import Sequence
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.campaigns.models import Campaign
from tracking.changes.service import Change, record_changes
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import find_link_domain
from tracking.links.archiving import stop_links
from tracking.links.minting import LinkFields, WantedLink, mint_link, mint_links
from tracking.links.models import LinkKind, SystemLinkKind
from tracking.links.redirecting import Redirection, redirect_links
from tracking.messages.models import Message

_OF_CAMPAIGN: Final = "SELECT id FROM link WHERE campaign_id = $1 AND system_kind = $2 AND archived_at IS NULL"
_OF_MESSAGE: Final = "SELECT id FROM link WHERE message_id = $1 AND system_kind = $2 AND archived_at IS NULL"
_SHARES: Final = """
    SELECT contact.id, contact.external_id, contact.share_url, link.id AS link_id
    FROM contact
    LEFT JOIN link ON link.referring_contact_id = contact.id AND link.system_kind = 'SHARE' AND link.archived_at IS NULL
    WHERE contact.account_id = $1 AND contact.id = ANY ($2::bigint[])
    ORDER BY contact.id
"""
# In a statement of its own: what another call made while we waited is seen by the next one.
_LOCK_CONTACTS: Final = """
    SELECT FROM contact WHERE account_id = $1 AND id = ANY ($2::bigint[]) ORDER BY id FOR NO KEY UPDATE
"""


async def set_campaign_link(
    connection: BaseDBAsyncClient, campaign: Campaign, kind: SystemLinkKind, url: str | None
) -> None:
    """Make the campaign's CAMPAIGN_JOIN or OPT_IN link, lead it elsewhere, or archive it when there is no URL.

    `url` was checked before; the caller holds the lock of the campaign. Raises what `find_link_domain` does.
    """
    existing = await connection.execute_query_dict(_OF_CAMPAIGN, [campaign.id, kind.value])
    if url is None or existing:
        await _lead(connection, campaign.account_id, [row["id"] for row in existing], url)
        return
    domain = await find_link_domain(campaign.account_id, campaign.domain_id)
    fields = _describe(campaign.account_id, domain, kind, url, campaign.name)
    await mint_link(connection, fields._replace(campaign_id=campaign.id))


async def set_action_page_link(connection: BaseDBAsyncClient, message: Message) -> None:
    """The same for the ACTION_PAGE link of a message, by its `action_page_url`, on the message's own domain."""
    kind, url = SystemLinkKind.ACTION_PAGE, message.action_page_url
    existing = await connection.execute_query_dict(_OF_MESSAGE, [message.id, kind.value])
    if url is None or existing:
        await _lead(connection, message.account_id, [row["id"] for row in existing], url)
        return
    domain = await find_link_domain(message.account_id, message.domain_id)
    fields = _describe(message.account_id, domain, kind, url, message.name)
    owners = {"message_id": message.id, "campaign_id": message.campaign_id, "sharer_id": message.sharer_id}
    await mint_link(connection, fields._replace(**owners))


async def make_share_links(connection: BaseDBAsyncClient, account_id: int, contact_ids: Sequence[int]) -> None:
    """The same for the SHARE links of contacts, by their `share_url`, on the account's default domain.

    A contact's link is anybody's to click: it names whom to credit, not who came (IM3, IM13).
    """
    await connection.execute_query(_LOCK_CONTACTS, [account_id, list(contact_ids)])
    rows = await connection.execute_query_dict(_SHARES, [account_id, list(contact_ids)])
    over = [row["link_id"] for row in rows if row["share_url"] is None and row["link_id"]]
    stopped = await stop_links(connection, account_id, over)
    elsewhere = [Redirection(row["link_id"], row["share_url"]) for row in rows if row["share_url"] and row["link_id"]]
    changes = await redirect_links(connection, account_id, elsewhere)
    missing = [row for row in rows if row["share_url"] and not row["link_id"]]
    if missing:
        domain = await find_link_domain(account_id, None)
        await mint_links(connection, [WantedLink(_describe_share(account_id, domain, row)) for row in missing])
    await record_changes(connection, [*(link.change for link in stopped), *changes])


async def _lead(connection: BaseDBAsyncClient, account_id: int, link_ids: Sequence[int], url: str | None) -> None:
    """To the URL; nowhere without one."""
    changes: list[Change]
    if url is None:
        changes = [link.change for link in await stop_links(connection, account_id, link_ids)]
    else:
        changes = await redirect_links(connection, account_id, [Redirection(link_id, url) for link_id in link_ids])
    await record_changes(connection, changes)


def _describe(account_id: int, domain: TrackingDomain, kind: SystemLinkKind, url: str, label: str) -> LinkFields:
    return LinkFields(
        account_id=account_id,
        domain_id=domain.id,
        host=domain.host,
        kind=LinkKind.SYSTEM,
        system_kind=kind,
        destination_url=url,
        label=label,
    )


def _describe_share(account_id: int, domain: TrackingDomain, row: dict[str, Any]) -> LinkFields:
    fields = _describe(account_id, domain, SystemLinkKind.SHARE, row["share_url"], row["external_id"])
    return fields._replace(referring_contact_id=row["id"])
