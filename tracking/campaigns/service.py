"""Use cases of campaigns and of the creators in them. Each owns its transaction."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.models import Campaign, CampaignCreator, Stage
from tracking.campaigns.rules import STAGES_WITH_LINKS, CampaignFields, check_campaign
from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.clock import utc_now
from tracking.errors import DomainError, InvalidInputError, NotFoundError
from tracking.idempotency import run_once
from tracking.links.generation import generate_links

MAX_CREATORS_A_CALL: Final = 1_000

_ADD: Final = """
    INSERT INTO campaign_creator (account_id, campaign_id, creator_id, stage, added_at, stage_changed_at)
    SELECT $1, $2, id, $3, now(), now() FROM creator WHERE account_id = $1 AND id = ANY($4::bigint[]) ORDER BY id
    ON CONFLICT DO NOTHING
"""


class AddedCreator(NamedTuple):
    """What became of one creator of a bulk call."""

    creator_id: int
    membership: CampaignCreator | None
    error: DomainError | None


async def create_campaign(account_id: int, given: CampaignFields, *, idempotency_key: str | None = None) -> Campaign:
    """A repeat with the same key answers with the first campaign. Raises InvalidInputError."""
    fields = check_campaign(given)

    async def work(connection: BaseDBAsyncClient) -> list[int]:  # noqa: ARG001 -- Tortoise knows the transaction
        row = await Campaign.create(
            account_id=account_id,
            name=fields.name,
            status=fields.status,
            starts_at=fields.starts_at,
            ends_at=fields.ends_at,
            tags=list(fields.tags),
        )
        return [row.id]

    [campaign_id] = await run_once(account_id, "createCampaign", idempotency_key, given, work)
    return await Campaign.get(id=campaign_id)


async def update_campaign(account_id: int, campaign_id: int, changes: dict[str, Any]) -> Campaign:
    """Change the fields of CampaignFields that are named. Raises NotFoundError or InvalidInputError."""
    async with in_transaction() as connection:
        campaign = await _lock_campaign(account_id, campaign_id)
        now = CampaignFields(campaign.name, campaign.status, campaign.starts_at, campaign.ends_at, tuple(campaign.tags))
        fields = check_campaign(now._replace(**changes))
        await campaign.update_from_dict({**fields._asdict(), "tags": list(fields.tags)}).save()
        await record_changes(connection, [Change(ChangeKind.CAMPAIGN, campaign.id)])
    return campaign


async def add_creators(
    account_id: int, campaign_id: int, creator_ids: Sequence[int], *, stage: Stage = Stage.APPLIED
) -> list[AddedCreator]:
    """Put creators into a campaign. One who is in it already keeps the stage, so that a repeat changes nothing.

    Past APPLIED they get their links in the same transaction (LS2). Raises NotFoundError for the campaign.
    """
    if not 1 <= len(creator_ids) <= MAX_CREATORS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_CREATORS_A_CALL} creators in a call", ("creatorIds",))
    async with in_transaction() as connection:
        await _require_campaign(account_id, campaign_id)
        await _wait_for_deliverables(connection, campaign_id)
        await connection.execute_query(_ADD, [account_id, campaign_id, stage.value, list(creator_ids)])
        rows = await CampaignCreator.filter(campaign_id=campaign_id, creator_id__in=list(creator_ids))
        if stage in STAGES_WITH_LINKS:
            await generate_links(connection, account_id, campaign_id=campaign_id, creator_ids=list(creator_ids))
    found = {row.creator_id: row for row in rows}
    return [
        AddedCreator(
            creator_id,
            found.get(creator_id),
            None if creator_id in found else NotFoundError("no such creator", ("creatorIds", str(place))),
        )
        for place, creator_id in enumerate(creator_ids)
    ]


async def set_stage(account_id: int, campaign_creator_id: int, stage: Stage) -> CampaignCreator:
    """Move a creator to a stage. Past APPLIED the links that are missing are made at once (LS2, LS3); none is taken.

    Raises NotFoundError.
    """
    async with in_transaction() as connection:
        row = await CampaignCreator.select_for_update().get_or_none(id=campaign_creator_id, account_id=account_id)
        if row is None:
            raise NotFoundError("no such creator in a campaign", ("id",))
        is_promotion = row.stage not in STAGES_WITH_LINKS
        if row.stage is not stage:
            row.stage = stage
            row.stage_changed_at = utc_now()
            await row.save(update_fields=["stage", "stage_changed_at"])
        if stage in STAGES_WITH_LINKS:
            await _wait_for_deliverables(connection, row.campaign_id)
            await generate_links(
                connection,
                account_id,
                campaign_id=row.campaign_id,
                creator_ids=[row.creator_id],
                replaces_archived=is_promotion,
            )
    return row


async def _lock_campaign(account_id: int, campaign_id: int) -> Campaign:
    campaign = await Campaign.select_for_update().get_or_none(id=campaign_id, account_id=account_id)
    if campaign is None:
        raise NotFoundError("no such campaign", ("id",))
    return campaign


async def _wait_for_deliverables(connection: BaseDBAsyncClient, campaign_id: int) -> None:
    """Until those that are being created are seen, and hold back new ones until we are seen: else both would miss."""
    await connection.execute_query("SELECT FROM campaign WHERE id = $1 FOR SHARE", [campaign_id])


async def _require_campaign(account_id: int, campaign_id: int) -> None:
    if not await Campaign.filter(id=campaign_id, account_id=account_id).exists():
        raise NotFoundError("no such campaign", ("campaignId",))
