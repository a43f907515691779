"""One link per creator and deliverable (LO1, LS1). The unique key of (deliverable, creator) decides, never memory."""

from collections.abc import Sequence
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.rules import STAGES_WITH_LINKS
from tracking.links.minting import LinkFields, Unminted, WantedLink, mint_links
from tracking.links.models import LinkKind
from tracking.links.rules import fill_slug_template

_STAGES: Final = [stage.value for stage in STAGES_WITH_LINKS]

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
        AND ($5::bigint IS NULL OR deliverable.id = $5)
        AND NOT EXISTS (
            SELECT FROM link WHERE link.deliverable_id = deliverable.id AND link.creator_id = member.creator_id
        )
    ORDER BY deliverable.id, member.creator_id
    LIMIT $6
"""


async def generate_links(
    connection: BaseDBAsyncClient,
    account_id: int | None = None,
    *,
    campaign_id: int | None = None,
    creator_ids: Sequence[int] | None = None,
    deliverable_id: int | None = None,
    limit: int = 10_000,
) -> int:
    """Make the links that are missing, in the caller's transaction, and tell redirectors. Returns how many it made.

    Two calls at once make each link once: the second finds the first one's row by the unique key.
    """
    wanted = [_STAGES, account_id, campaign_id, list(creator_ids) if creator_ids is not None else None]
    missing = await connection.execute_query_dict(_MISSING, [*wanted, deliverable_id, limit])
    outcomes = await mint_links(connection, [_want(row) for row in missing])
    return sum(not isinstance(outcome, Unminted) for outcome in outcomes)


async def generate_missing_links(limit: int = 500) -> int:
    """Of every account, what a lost job left out; the worker's cron calls it until it returns 0."""
    async with in_transaction() as connection:
        return await generate_links(connection, limit=limit)


async def generate_deliverable_links(deliverable_id: int, *, batch: int = 200) -> int:
    """The links of a new deliverable, in short transactions. Killed half-way, the next call makes the rest."""
    total, made = 0, batch
    while made == batch:
        async with in_transaction() as connection:
            made = await generate_links(connection, deliverable_id=deliverable_id, limit=batch)
        total += made
    return total


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
