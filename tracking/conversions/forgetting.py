"""Which visitor reported, as far as our own cookie said: forgotten when the visitor's clicks are (rule 10)."""

from typing import Final

import asyncpg

_AT_ONCE: Final = 5_000

# A key that is nobody's stands in their place, as that a cookie came along is what the report was believed by. Whoever
# holds a row at the moment is left for the next time, so that nobody waits in a circle.
_FORGET: Final = f"""
    UPDATE conversion_report SET visitor_keys = ARRAY['\\x{bytes(16).hex()}'::bytea]
    WHERE ctid = ANY (ARRAY(
        SELECT report.ctid
        FROM click_retention AS kept
        JOIN conversion ON conversion.account_id = kept.account_id
        JOIN conversion_report AS report ON report.conversion_id = conversion.id
        WHERE report.visitor_keys <> '{{}}' AND report.visitor_keys <> ARRAY['\\x{bytes(16).hex()}'::bytea]
            AND report.received_at < kept.kept_from
        LIMIT {_AT_ONCE}
        FOR UPDATE OF report SKIP LOCKED
    ))
"""


async def forget_visitors(pool: asyncpg.Pool) -> int:
    """In how many reports; doing it again finds none. What was credited stays so, as that of clicks that are gone."""
    forgotten, updated = 0, _AT_ONCE
    while updated == _AT_ONCE:
        status: str = await pool.execute(_FORGET)
        updated = int(status.rpartition(" ")[2])
        forgotten += updated
    return forgotten
