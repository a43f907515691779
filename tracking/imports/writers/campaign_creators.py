"""Writes creators into campaigns, or moves them to a stage; past APPLIED their links are made with it (LS2, LS3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tracking.campaigns.models import Stage
from tracking.campaigns.stages import move_creators
from tracking.imports.cells import Cells
from tracking.imports.rules import Outcome, Problem, RowResult
from tracking.imports.writers.batches import Batch, InterferedError
from tracking.imports.writers.references import References, find_references

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
    RETURNING id, campaign_id, creator_id
"""


class _Wanted(NamedTuple):
    campaign_id: int
    creator_id: int
    stage: Stage | None


@dataclass
class _Member:
    """A creator in a campaign; `stage` is as it will be after the batch."""

    campaign_id: int
    creator_id: int
    stage: Stage
    id: int | None = None


async def write_campaign_creators(batch: Batch) -> list[RowResult]:
    references = await find_references(batch)
    read = [_read(Cells(row), references, batch.campaign_id) for row in batch.rows]
    known = await _find(batch, [each for each in read if isinstance(each, _Wanted)])
    results: list[RowResult] = [_stage(known, each) if isinstance(each, _Wanted) else each for each in read]
    await _insert(batch, known, [member for member in known.values() if member.id is None])
    stages = {member.id: member.stage for member in known.values() if member.id is not None}
    await move_creators(batch.connection, batch.account_id, stages)
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
    campaign_ids = list({each.campaign_id for each in wanted})
    creator_ids = [each.creator_id for each in wanted]
    rows = await batch.connection.execute_query_dict(_FIND, [batch.account_id, campaign_ids, creator_ids])
    members = [_Member(**{**row, "stage": Stage(row["stage"])}) for row in rows]
    return {(member.campaign_id, member.creator_id): member for member in members}


def _stage(known: dict[tuple[int, int], _Member], wanted: _Wanted) -> Outcome:
    member = known.get(wanted[:2])
    if member is None:
        known[wanted[:2]] = _Member(wanted.campaign_id, wanted.creator_id, wanted.stage or Stage.APPLIED)
        return Outcome.CREATED
    if wanted.stage is None or wanted.stage is member.stage:
        return Outcome.UNCHANGED
    member.stage = wanted.stage
    return Outcome.UPDATED


async def _insert(batch: Batch, known: dict[tuple[int, int], _Member], members: Sequence[_Member]) -> None:
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
    for row in rows:
        known[row["campaign_id"], row["creator_id"]].id = row["id"]
