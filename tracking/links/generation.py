"""One link per creator and deliverable (LO1, LS1). The unique key of (deliverable, creator) decides, never memory."""

from collections.abc import Sequence
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.rules import STAGES_WITH_LINKS
from tracking.changes.rules import ChangeKind, write_address
from tracking.changes.service import Change, record_changes
from tracking.links.rules import fill_slug_template, make_slug, number_slug

MAX_SLUG_TRIES: Final = 1_000
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

_INSERT: Final = """
    INSERT INTO link (account_id, domain_id, slug, is_readable, kind, destination_url, is_destination_overridden, label,
        tags, campaign_id, creator_id, deliverable_id, created_at)
    VALUES ($1, $2, $3, $4, 'CAMPAIGN', $5, false, $6, '{}', $7, $8, $9, now())
    ON CONFLICT DO NOTHING
    RETURNING id
"""
_EXISTS: Final = "SELECT 1 FROM link WHERE deliverable_id = $1 AND creator_id = $2 AND archived_at IS NULL"


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
    changes = [change for row in missing if (change := await _generate(connection, row)) is not None]
    await record_changes(connection, changes)
    return len(changes)


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


async def _generate(connection: BaseDBAsyncClient, row: dict[str, Any]) -> Change | None:
    """None when another call made this link meanwhile."""
    readable = fill_slug_template(row["slug_template"], row) if row["slug_template"] else None
    number = 1
    for _ in range(MAX_SLUG_TRIES):
        slug = make_slug() if readable is None else readable if number == 1 else number_slug(readable, number)
        link_id = await _insert(connection, row, slug, is_readable=readable is not None)
        if link_id is not None:
            return Change(ChangeKind.LINK, link_id, write_address(row["host"], slug))
        if await connection.execute_query_dict(_EXISTS, [row["deliverable_id"], row["creator_id"]]):
            return None
        number += 1
    raise RuntimeError(f"no slug is free after {MAX_SLUG_TRIES} tries")


async def _insert(connection: BaseDBAsyncClient, row: dict[str, Any], slug: str, *, is_readable: bool) -> int | None:
    """None when the slug is taken, or the link is there."""
    inserted = await connection.execute_query_dict(
        _INSERT,
        [
            row["account_id"],
            row["domain_id"],
            slug,
            is_readable,
            row["destination_url"],
            row["label"],
            row["campaign_id"],
            row["creator_id"],
            row["deliverable_id"],
        ],
    )
    return inserted[0]["id"] if inserted else None
