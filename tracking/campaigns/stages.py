"""Moving creators through the stages of their campaigns, one or a thousand at once, with the links that follow (LS2).

Any move is allowed. Past APPLIED a creator has a link for each deliverable; coming from APPLIED or DECLINED, also a new
one for each that was archived (LS3). No move takes a link away (LS5).
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.campaigns.models import CampaignCreator, Stage
from tracking.campaigns.rules import STAGES_WITH_LINKS
from tracking.clock import utc_now
from tracking.errors import DomainError, InvalidInputError, NotFoundError
from tracking.history.service import Noted, record_history
from tracking.links.generation import generate_links

MAX_MOVES_A_CALL: Final = 1_000

_MOVE: Final = """
    UPDATE campaign_creator SET stage = given.stage, stage_changed_at = $1
    FROM unnest($2::bigint[], $3::text[]) AS given (id, stage) WHERE campaign_creator.id = given.id
"""


class Move(NamedTuple):
    campaign_creator_id: int
    stage: Stage


class MoveOutcome(NamedTuple):
    """What became of one item of a bulk call."""

    place: int
    membership: CampaignCreator | None
    error: DomainError | None


async def set_stages(account_id: int, moves: Sequence[Move]) -> list[MoveOutcome]:
    """Move each creator that can be. All of them and their links are there when this returns, or nothing is.

    Raises InvalidInputError for the call as a whole only: too many at once.
    """
    if not 1 <= len(moves) <= MAX_MOVES_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_MOVES_A_CALL} creators in a call", ("items",))
    wanted: dict[int, Stage] = {}
    errors: dict[int, DomainError] = {}
    for place, move in enumerate(moves):
        if wanted.setdefault(move.campaign_creator_id, move.stage) is not move.stage:
            errors[place] = InvalidInputError("an earlier item sends this creator to another stage", ("stage",))
    async with in_transaction() as connection:
        moved = await move_creators(connection, account_id, wanted)
    for place, move in enumerate(moves):
        if move.campaign_creator_id not in moved:
            errors[place] = NotFoundError("no such creator in a campaign", ("id",))
    return [
        MoveOutcome(place, None, errors[place].under("items", str(place)))
        if place in errors
        else MoveOutcome(place, moved[move.campaign_creator_id], None)
        for place, move in enumerate(moves)
    ]


async def move_creators(
    connection: BaseDBAsyncClient, account_id: int, wanted: Mapping[int, Stage]
) -> dict[int, CampaignCreator]:
    """The creators in campaigns as they are now, by id, without those that the account does not have.

    Two calls at once wait for each other at the rows, which are locked by id; the later one finds nothing to promote.
    """
    query = CampaignCreator.filter(id__in=sorted(wanted), account_id=account_id)
    rows = {row.id: row for row in await query.order_by("id").select_for_update()}
    moved = [row for row in rows.values() if row.stage is not wanted[row.id]]
    promoted = [row for row in moved if row.stage not in STAGES_WITH_LINKS and wanted[row.id] in STAGES_WITH_LINKS]
    await _move(connection, account_id, moved, wanted)
    linked = [row for row in rows.values() if row.stage in STAGES_WITH_LINKS]
    if linked:
        await _make_links(connection, account_id, linked, promoted)
    return rows


async def wait_for_deliverables(connection: BaseDBAsyncClient, campaign_ids: Sequence[int]) -> None:
    """Until those that are being created are seen, and hold back new ones until we are seen: else both would miss."""
    statement = "SELECT FROM campaign WHERE id = ANY ($1::bigint[]) ORDER BY id FOR SHARE"
    await connection.execute_query(statement, [list(campaign_ids)])


async def _move(
    connection: BaseDBAsyncClient, account_id: int, moved: Sequence[CampaignCreator], wanted: Mapping[int, Stage]
) -> None:
    if not moved:
        return
    now = utc_now()
    noted = []
    for row in moved:
        before, row.stage, row.stage_changed_at = row.stage, wanted[row.id], now
        noted.append(Noted("CampaignCreator", row.id, "STAGE_CHANGED", {"stage": before}, {"stage": row.stage}))
    columns = [[row.id for row in moved], [row.stage.value for row in moved]]
    await connection.execute_query(_MOVE, [now, *columns])
    await record_history(connection, account_id, noted)


async def _make_links(
    connection: BaseDBAsyncClient,
    account_id: int,
    linked: Sequence[CampaignCreator],
    promoted: Sequence[CampaignCreator],
) -> None:
    """What is missing for all, in the one order that every call makes links in; then what promotions make anew."""
    campaign_ids = sorted({row.campaign_id for row in linked})
    creator_ids = sorted({row.creator_id for row in linked})
    await wait_for_deliverables(connection, campaign_ids)
    only_campaign = campaign_ids[0] if len(campaign_ids) == 1 else None
    await generate_links(connection, account_id, campaign_id=only_campaign, creator_ids=creator_ids)
    for campaign_id in campaign_ids:
        creator_ids = sorted({row.creator_id for row in promoted if row.campaign_id == campaign_id})
        if creator_ids:
            await generate_links(
                connection, account_id, campaign_id=campaign_id, creator_ids=creator_ids, replaces_archived=True
            )
