"""Writes creators into campaigns, or moves them to a stage; past APPLIED their links are made with it (LS2, LS3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tracking.campaigns.models import Stage
from tracking.campaigns.rules import STAGES_WITH_LINKS
from tracking.imports.cells import Cells
from tracking.imports.rules import Outcome, Problem, RowResult
from tracking.imports.writers.batches import Batch, InterferedError
from tracking.imports.writers.references import References, find_references
from tracking.links.generation import generate_links

# Deliverables that are being created are seen, and new ones wait until we are.
_HOLD_CAMPAIGNS: Final = "SELECT FROM campaign WHERE id = ANY ($1::bigint[]) ORDER BY id FOR SHARE"
_FIND: Final = """
    SELECT id, campaign_id, creator_id, stage FROM campaign_creator
    WHERE account_id = $1 AND campaign_id = ANY ($2::bigint[]) AND creator_id = ANY ($3::bigint[])
    ORDER BY id FOR UPDATE
"""
_INSERT: Final = """
    INSERT INTO campaign_creator (account_id, campaign_id, creator_id, stage, added_at, stage_changed_at)
    SELECT $1, campaign_id, creator_id, stage, now(), now()
    FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS given (campaign_id, creator_id, stage)
    ORDER BY campaign_id, creator_id
    ON CONFLICT DO NOTHING
    RETURNING id
"""
_MOVE: Final = """
    UPDATE campaign_creator SET stage = given.stage, stage_changed_at = now()
    FROM unnest($1::bigint[], $2::text[]) AS given (id, stage) WHERE campaign_creator.id = given.id
"""


class _Wanted(NamedTuple):
    campaign_id: int
    creator_id: int
    stage: Stage | None


@dataclass
class _Member:
    """A creator in a campaign. `stage` is as it will be; `id` and `old_stage` are None for a new one."""

    campaign_id: int
    creator_id: int
    stage: Stage
    id: int | None = None
    old_stage: Stage | None = None

    @property
    def is_promoted(self) -> bool:
        return self.id is not None and self.old_stage not in STAGES_WITH_LINKS and self.stage in STAGES_WITH_LINKS


async def write_campaign_creators(batch: Batch) -> list[RowResult]:
    references = await find_references(batch)
    read = [_read(Cells(row), references, batch.campaign_id) for row in batch.rows]
    known = await _find(batch, [each for each in read if isinstance(each, _Wanted)])
    results: list[RowResult] = [_stage(known, each) if isinstance(each, _Wanted) else each for each in read]
    members = list(known.values())
    await _insert(batch, [member for member in members if member.id is None])
    moved = [member for member in members if member.id is not None and member.stage is not member.old_stage]
    if moved:
        columns = [[member.id for member in moved], [member.stage.value for member in moved]]
        await batch.connection.execute_query(_MOVE, columns)
    await _make_links(batch, [member for member in members if not member.is_promoted], replaces_archived=False)
    await _make_links(batch, [member for member in members if member.is_promoted], replaces_archived=True)
    return results


def _read(cells: Cells, references: References, campaign_id: int | None) -> _Wanted | list[Problem]:
    creator_id = references.read_creator(cells)
    named_campaign_id = references.read_campaign(cells)
    stage = cells.take_choice("stage", Stage)
    campaign_id = named_campaign_id or campaign_id
    if cells.problems or creator_id is None or campaign_id is None:
        return cells.problems
    return _Wanted(campaign_id, creator_id, stage)


async def _find(batch: Batch, wanted: Sequence[_Wanted]) -> dict[tuple[int, int], _Member]:
    campaign_ids = sorted({each.campaign_id for each in wanted})
    await batch.connection.execute_query(_HOLD_CAMPAIGNS, [campaign_ids])
    creator_ids = [each.creator_id for each in wanted]
    rows = await batch.connection.execute_query_dict(_FIND, [batch.account_id, campaign_ids, creator_ids])
    return {
        (row["campaign_id"], row["creator_id"]): _Member(
            **{**row, "stage": Stage(row["stage"])}, old_stage=Stage(row["stage"])
        )
        for row in rows
    }


def _stage(known: dict[tuple[int, int], _Member], wanted: _Wanted) -> Outcome:
    member = known.get(wanted[:2])
    if member is None:
        known[wanted[:2]] = _Member(wanted.campaign_id, wanted.creator_id, wanted.stage or Stage.APPLIED)
        return Outcome.CREATED
    if wanted.stage is None or wanted.stage == member.stage:
        return Outcome.UNCHANGED
    member.stage = wanted.stage
    return Outcome.UPDATED


async def _insert(batch: Batch, members: Sequence[_Member]) -> None:
    if not members:
        return
    columns = [
        [member.campaign_id for member in members],
        [member.creator_id for member in members],
        [member.stage.value for member in members],
    ]
    rows = await batch.connection.execute_query_dict(_INSERT, [batch.account_id, *columns])
    if len(rows) < len(members):
        raise InterferedError


async def _make_links(batch: Batch, members: Sequence[_Member], *, replaces_archived: bool) -> None:
    of_campaigns: dict[int, list[int]] = {}
    for member in members:
        if member.stage in STAGES_WITH_LINKS:
            of_campaigns.setdefault(member.campaign_id, []).append(member.creator_id)
    for campaign_id, creator_ids in sorted(of_campaigns.items()):
        await generate_links(
            batch.connection,
            batch.account_id,
            campaign_id=campaign_id,
            creator_ids=creator_ids,
            replaces_archived=replaces_archived,
        )
