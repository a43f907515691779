"""A brand's own server that reports a conversion of a click vouches for it: a program does not buy.

Only what was proven vouches, and only for clicks that the report names. Whoever dies between the conversion and this is
followed by a recheck, which does it again.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from tracking.bots.verdicts import Reason
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.conversions.kinds import CORRECTIONS, Proof

_AT_ONCE: Final = 1_000
_CORRECTIONS: Final = ", ".join(f"{kind:d}" for kind in sorted(CORRECTIONS))
_FIND: Final = f"""
    SELECT click.account_id, array_agg(DISTINCT click.id) AS ids
    FROM conversion_report AS report
    JOIN conversion ON conversion.id = report.conversion_id
    CROSS JOIN LATERAL unnest(report.click_ids) AS named (click_id)
    JOIN click ON click.id = named.click_id AND click.account_id = conversion.account_id
    WHERE report.conversion_id = ANY ($1) AND report.proof > {Proof.NONE:d} AND conversion.kind NOT IN ({_CORRECTIONS})
        AND NOT click.is_counted AND click.evidence & $2 = 0
    GROUP BY click.account_id ORDER BY click.account_id
"""


async def vouch_for_clicks(pool: asyncpg.Pool, conversion_ids: Sequence[UUID]) -> int:
    """How many clicks are judged otherwise by it. They are credited by whoever follows the event log."""
    if not conversion_ids:
        return 0
    changed = 0
    for row in await pool.fetch(_FIND, conversion_ids, int(Reason.CONVERSION)):
        for start in range(0, len(row["ids"]), _AT_ONCE):
            learned = dict.fromkeys(row["ids"][start : start + _AT_ONCE], Learned(evidence=int(Reason.CONVERSION)))
            changed += len(await relabel_clicks(pool, row["account_id"], learned, Cause.CONVERSION))
    return changed
