"""The clicks that a correction means are judged anew, so many at a time; a repeat of what was done changes nothing."""

from typing import Final
from uuid import UUID

import asyncpg

from tracking.bots.corrections.models import CorrectionKind
from tracking.bots.corrections.progress import OpenCorrection
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.faults import maybe_crash

APPLIED_AT_ONCE: Final = 1_000  # as many as `relabel_clicks` takes

_CAUSES: Final = {
    CorrectionKind.RESCORE: Cause.RESCORE,
    CorrectionKind.RECLASSIFY: Cause.RECLASSIFY,
    CorrectionKind.UNDO: Cause.UNDO,
}
_BATCH: Final = """
    SELECT click_id FROM correction_click
    WHERE correction_id = $1 AND ($2::uuid IS NULL OR click_id > $2) ORDER BY click_id LIMIT $3
"""
# Only of clicks that are stored: a label without its click would be kept for nobody.
_LABEL: Final = """
    INSERT INTO click_label (click_id, correction_id, account_id, verdict)
    SELECT id, $1, $2, $3 FROM click WHERE account_id = $2 AND id = ANY ($4) ORDER BY id
    ON CONFLICT DO NOTHING
"""
_MOVE_ON: Final = """
    UPDATE correction SET applied_to = $2, applied_clicks = applied_clicks + $3
    WHERE id = $1 AND status = 'APPLYING' AND applied_to IS NOT DISTINCT FROM $4
"""


async def apply_batch(pool: asyncpg.Pool, correction: OpenCorrection) -> bool:
    """The next so many of the clicks that are meant; False when there are no more."""
    batch = await pool.fetch(_BATCH, correction.id, correction.applied_to, APPLIED_AT_ONCE)
    if not batch:
        return False
    wanted: list[UUID] = [row["click_id"] for row in batch]
    if correction.kind is CorrectionKind.RECLASSIFY:
        await pool.execute(_LABEL, correction.id, correction.account_id, correction.verdict, wanted)
    maybe_crash("after_labels")
    news = _find_news(correction)
    cause = _CAUSES[correction.kind]
    await relabel_clicks(pool, correction.account_id, dict.fromkeys(wanted, news), cause, correction.id)
    maybe_crash("before_applied")
    await pool.execute(_MOVE_ON, correction.id, wanted[-1], len(wanted), correction.applied_to)
    return True


def _find_news(correction: OpenCorrection) -> Learned:
    if correction.kind is CorrectionKind.RESCORE:
        return Learned(ruleset=correction.ruleset, policy_at=correction.policy_at)
    return Learned(labels_changed=True)
