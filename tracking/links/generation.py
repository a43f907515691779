"""One link per creator and deliverable (LO1, LS1). The unique key of (deliverable, creator) decides, never memory."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.rules import STAGES_WITH_LINKS
from tracking.links.minting import LinkFields, WantedLink, mint_links
from tracking.links.models import LinkKind
from tracking.links.replacing import replace_archived_links
from tracking.links.rules import fill_slug_template

_STAGES: Final = [stage.value for stage in STAGES_WITH_LINKS]

# The lock makes whoever archives or edits a deliverable wait until its new links can be seen.
_MISSING: Final = """
    SELECT deliverable.id AS deliverable_id, deliverable.domain_id, deliverable.slug_template,
        deliverable.destination_url, deliverable.name AS label, domain.host,
        member.account_id, member.campaign_id, member.creator_id,
        creator.handle AS creator, campaign.name AS campaign
    FROM campaign_creator AS member
    JOIN tracking_deliverable AS deliverable USING (campaign_id)
    JOIN tracking_domain AS domain ON domain.id = deliverable.domain_id
    JOIN creator ON creator.id = member.creator_id
    JOIN campaign ON campaign.id = member.campaign_id
    WHERE member.stage = ANY($1) AND deliverable.archived_at IS NULL
        AND ($2::bigint IS NULL OR member.account_id = $2)
        AND ($3::bigint IS NULL OR member.campaign_id = $3)
        AND ($4::bigint[] IS NULL OR member.creator_id = ANY($4))
        AND ($5::bigint[] IS NULL OR deliverable.id = ANY($5))
        AND NOT EXISTS (
            SELECT FROM link WHERE link.deliverable_id = deliverable.id AND link.creator_id = member.creator_id
                AND link.deliverable_id IS NOT NULL AND (link.archived_at IS NULL OR NOT $6)
        )
    ORDER BY deliverable.id, member.creator_id
    LIMIT $7
    FOR SHARE OF deliverable
"""
_FIND: Final = """
    SELECT link.id, deliverable_id, creator_id, host, slug, has_tls, link.archived_at IS NULL AS works
    FROM link JOIN tracking_domain AS domain ON domain.id = link.domain_id
    WHERE link.account_id = $1 AND deliverable_id = ANY ($2::bigint[]) AND creator_id = ANY ($3::bigint[])
    ORDER BY link.archived_at NULLS FIRST, link.id
"""


class CreatorLink(NamedTuple):
    """A creator's link of a deliverable that works."""

    id: int
    host: str
    slug: str
    has_tls: bool


class MissingLink(Enum):
    """Why a creator has none."""

    ARCHIVED = "it was archived"
    NOT_PROMOTED = "the creator is not past APPLIED in the campaign, or the deliverable is archived"


async def generate_links(
    connection: BaseDBAsyncClient,
    account_id: int | None = None,
    *,
    campaign_id: int | None = None,
    creator_ids: Sequence[int] | None = None,
    deliverable_ids: Sequence[int] | None = None,
    replaces_archived: bool = False,
    limit: int = 10_000,
) -> int:
    """Make the links that are missing, in the caller's transaction, and tell redirectors. Returns how many it made.

    Two calls at once make each link once: the second finds the first one's row by the unique key. Where a creator's
    only link is archived, none is missing, unless the call is a promotion, which `replaces_archived` ones (LS3).
    """
    wanted = [_STAGES, account_id, campaign_id, _list(creator_ids), _list(deliverable_ids), replaces_archived, limit]
    missing = await connection.execute_query_dict(_MISSING, wanted)
    outcomes = await mint_links(connection, [_want(row) for row in missing])
    made = [outcome for outcome in outcomes if isinstance(outcome, int)]
    if replaces_archived:
        await replace_archived_links(connection, made)
    return len(made)


async def generate_missing_links(limit: int = 500) -> int:
    """Of every account, what a lost job left out; the worker's cron calls it until it returns 0."""
    async with in_transaction() as connection:
        return await generate_links(connection, limit=limit)


async def generate_deliverable_links(deliverable_id: int, *, batch: int = 200) -> int:
    """The links of a new deliverable, in short transactions. Killed half-way, the next call makes the rest."""
    total, made = 0, batch
    while made == batch:
        async with in_transaction() as connection:
            made = await generate_links(connection, deliverable_ids=[deliverable_id], limit=batch)
        total += made
    return total


async def find_or_make_creator_links(
    connection: BaseDBAsyncClient, account_id: int, deliverable_ids: Sequence[int], creator_ids: Sequence[int]
) -> dict[tuple[int, int], CreatorLink | MissingLink]:
    """By deliverable and creator, for each pair (LS3, LS9): made if it never was, missing if it was archived."""
    await generate_links(connection, account_id, creator_ids=creator_ids, deliverable_ids=deliverable_ids)
    rows = await connection.execute_query_dict(_FIND, [account_id, list(deliverable_ids), list(creator_ids)])
    found: dict[tuple[int, int], CreatorLink | MissingLink] = {}
    for row in rows:
        link = (
            CreatorLink(row["id"], row["host"], row["slug"], row["has_tls"]) if row["works"] else MissingLink.ARCHIVED
        )
        found.setdefault((row["deliverable_id"], row["creator_id"]), link)
    pairs = [(deliverable_id, creator_id) for deliverable_id in deliverable_ids for creator_id in creator_ids]
    return {pair: found.get(pair, MissingLink.NOT_PROMOTED) for pair in pairs}


def _want(row: dict[str, Any]) -> WantedLink:
    fields = LinkFields(
        account_id=row["account_id"],
        domain_id=row["domain_id"],
        host=row["host"],
        kind=LinkKind.CAMPAIGN,
        destination_url=row["destination_url"],
        label=row["label"],
        campaign_id=row["campaign_id"],
        creator_id=row["creator_id"],
        deliverable_id=row["deliverable_id"],
    )
    return WantedLink(fields, fill_slug_template(row["slug_template"], row) if row["slug_template"] else None)


def _list(ids: Sequence[int] | None) -> list[int] | None:
    return None if ids is None else list(ids)
