"""What a correction would change, click by click: judged anew in memory, nothing of a click is written."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.bots.corrections.amounts import add_amounts, make_key
from tracking.bots.corrections.models import CorrectionKind, CorrectionStatus
from tracking.bots.corrections.progress import OpenCorrection, hold
from tracking.bots.policies.queries import read_policies
from tracking.clicks.judging import Judgement, find_counter
from tracking.clicks.labels import write_standing
from tracking.clicks.prepare import UniqueKey
from tracking.clicks.rejudging import FACT_COLUMNS, IS_KEPT_WHOLE, find_policy_moment, judge_stored, read_unique_key
from tracking.database import list_columns
from tracking.faults import maybe_crash
from tracking.reports.deltas import Deltas
from tracking.reports.scopes import COUNTED

COMPARED_AT_ONCE: Final = 1_000

_BATCH: Final = """
    SELECT click_id FROM correction_click WHERE correction_id = $1 AND click_id > $2 ORDER BY click_id LIMIT $3
"""
_COLUMNS: Final = ", ".join(
    dict.fromkeys(
        (
            *("id", "creator_id", "message_id", "visitor_key", "visitor_day", "verdict", "traffic_class", "is_counted"),
            *FACT_COLUMNS,
        )
    )
)
# The label is what would stand if the correction that is undone had never been.
_READ: Final = f"""
    SELECT {_COLUMNS}, (SELECT user_agent FROM user_agent WHERE user_agent.id = click.user_agent_id),
        {write_standing("label.verdict", "label.correction_id <> $3")} AS other_label
    FROM click WHERE account_id = $1 AND id = ANY ($2) AND {IS_KEPT_WHOLE} ORDER BY id
"""
_TURN: Final = """
    UPDATE correction_click AS meant SET is_counted_after = turning.is_counted_after, day = turning.day,
        subject = turning.subject, subject_id = turning.subject_id, visitor_key = turning.visitor_key
    FROM unnest($2::uuid[], $3::boolean[], $4::date[], $5::smallint[], $6::bigint[], $7::bytea[])
        AS turning (click_id, is_counted_after, day, subject, subject_id, visitor_key)
    WHERE meant.correction_id = $1 AND meant.click_id = turning.click_id
"""
_MOVE_ON: Final = """
    UPDATE correction SET compared_to = $2, examined_clicks = examined_clicks + $3,
        changing_clicks = changing_clicks + $4
    WHERE id = $1
"""


class _Turning(NamedTuple):
    """A click that counts now and would not, or the other way round: uniques may follow it."""

    click_id: UUID
    is_counted_after: bool
    key: UniqueKey


async def compare_batch(pool: asyncpg.Pool, correction_id: int) -> bool:
    """The next so many of the clicks that are meant; False when there are no more."""
    async with pool.acquire() as connection, connection.transaction():
        correction = await hold(connection, correction_id, CorrectionStatus.COMPARING)
        if correction is None or correction.is_undone:
            return False
        batch = await connection.fetch(_BATCH, correction_id, correction.compared_to, COMPARED_AT_ONCE)
        if not batch:
            return False
        wanted = [row["click_id"] for row in batch]
        clicks = await connection.fetch(_READ, correction.account_id, wanted, correction.undoes_id or 0)
        changing = await _note_changes(connection, correction, clicks) if clicks else 0
        await connection.execute(_MOVE_ON, correction_id, wanted[-1], len(clicks), changing)
        maybe_crash("before_compared_commit")
        return True


async def _note_changes(
    connection: asyncpg.Connection, correction: OpenCorrection, clicks: list[asyncpg.Record]
) -> int:
    """Answers with how many would be judged otherwise."""
    imagined = [_imagine(click, correction) for click in clicks]
    links = {click["link_id"] for click in clicks}
    since = min(map(find_policy_moment, imagined))
    policies = await read_policies(connection, [correction.account_id], links, since=since)
    deltas = Deltas()
    turning: list[_Turning] = []
    changing = 0
    for click, known in zip(clicks, imagined, strict=True):
        after = judge_stored(known, policies)
        if not _is_otherwise(click, after):
            continue
        changing += 1
        key = make_key(click)
        deltas.add(key, find_counter(click["verdict"], click["traffic_class"]), -1)
        deltas.add(key, after.counter)
        if after.is_counted != click["is_counted"]:
            deltas.add(key, COUNTED, 1 if after.is_counted else -1)
            turning.append(_Turning(click["id"], after.is_counted, read_unique_key(click)))
    if turning:
        rows = [(each.click_id, each.is_counted_after, *each.key) for each in turning]
        await connection.execute(_TURN, correction.id, *list_columns(rows))
    await add_amounts(connection, correction.id, deltas)
    return changing


def _imagine(click: asyncpg.Record, correction: OpenCorrection) -> Mapping[str, Any]:
    """What would be known of it after the correction."""
    if correction.kind is CorrectionKind.RESCORE:
        return {**click, "ruleset": correction.ruleset, "policy_at": correction.policy_at}
    verdict = correction.verdict if correction.kind is CorrectionKind.RECLASSIFY else click["other_label"]
    return {**click, "manual_verdict": verdict}


def _is_otherwise(click: asyncpg.Record, after: Judgement) -> bool:
    """As far as anybody would see in counts and lists."""
    before = click["verdict"], click["traffic_class"], click["is_counted"]
    return before != (after.verdict, after.traffic_class, after.is_counted)
