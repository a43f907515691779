"""Which clicks a correction means, written down once: what comes or changes later is not meant."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from tracking.bots.corrections.models import CorrectionKind, CorrectionStatus
from tracking.bots.corrections.progress import NOTHING_COMPARED, OpenCorrection, hold
from tracking.bots.corrections.rules import decode_wanted
from tracking.clicks.filters import add_conditions
from tracking.clicks.ids import lower_bound
from tracking.paging import Conditions

# Looked at by one statement, however few of them are meant: a second's work at most.
LOOKED_AT_ONCE: Final = 50_000

_OF_LABELS: Final = """
    WITH labelled AS (
        SELECT click_id FROM click_label WHERE correction_id = $2 AND click_id > $3 ORDER BY click_id LIMIT $4
    ), found AS (
        INSERT INTO correction_click (correction_id, click_id) SELECT $1, click_id FROM labelled ON CONFLICT DO NOTHING
    )
    SELECT click_id FROM labelled ORDER BY click_id DESC LIMIT 1
"""
_END_OF_WINDOW: Final = "SELECT id FROM click WHERE {where} ORDER BY id OFFSET $4 LIMIT 1"
_FIND: Final = """
    INSERT INTO correction_click (correction_id, click_id) SELECT {correction}, id FROM click WHERE {where}
    ON CONFLICT DO NOTHING
"""
# The next steps join with these rows at once, and would be planned as if there were a few.
_ANALYZE: Final = "ANALYZE correction_click"
_FOUND: Final = "UPDATE correction SET compared_to = $2 WHERE id = $1 AND compared_to IS NULL"


async def find_meant_clicks(pool: asyncpg.Pool, correction: OpenCorrection) -> None:
    """Killed half-way, it begins again; once it is done, nothing is added any more."""
    if correction.kind is CorrectionKind.UNDO:
        await _find_labelled(pool, correction)
    else:
        await _find_by_filter(pool, correction)
    await pool.execute(_ANALYZE)
    await pool.execute(_FOUND, correction.id, NOTHING_COMPARED)


async def _find_labelled(pool: asyncpg.Pool, correction: OpenCorrection) -> None:
    """Those that what is undone has labelled."""
    position: UUID | None = NOTHING_COMPARED
    while position is not None:
        found = (correction.id, correction.undoes_id, position, LOOKED_AT_ONCE)
        position = await _note(pool, correction.id, _OF_LABELS, found)


async def _find_by_filter(pool: asyncpg.Pool, correction: OpenCorrection) -> None:
    """Window by window, each of so many clicks of the account, or of the links that are named."""
    wanted = decode_wanted(correction.wanted)
    start = wanted.filter.occurred_from
    position: UUID | None = NOTHING_COMPARED if start is None else UUID(int=max(lower_bound(start).int - 1, 0))
    end = correction.until_click_id
    if wanted.filter.occurred_to is not None:
        end = min(end, lower_bound(wanted.filter.occurred_to))
    while position is not None:
        last = await _find_end_of_window(pool, correction.account_id, wanted.filter.link_ids, (position, end))
        meant = Conditions(correction.account_id)
        meant.require("account_id = $1")
        meant.add("id > {}", position)
        meant.add("id < {}", end)
        meant.add_if_given("id <= {}", last)
        add_conditions(meant, wanted.filter)
        wanted.add_conditions(meant)
        statement = _FIND.format(correction=meant.bind(correction.id), where=meant.where)
        await _note(pool, correction.id, statement, meant.parameters)
        position = last


async def _find_end_of_window(
    pool: asyncpg.Pool, account_id: int, link_ids: list[int] | None, bounds: tuple[UUID, UUID]
) -> UUID | None:
    """None for the last one."""
    looked = Conditions(account_id, *bounds, LOOKED_AT_ONCE - 1)
    looked.require("account_id = $1 AND id > $2 AND id < $3")
    looked.add_if_given("link_id = ANY ({})", link_ids)
    last: UUID | None = await pool.fetchval(_END_OF_WINDOW.format(where=looked.where), *looked.parameters)
    return last


async def _note(pool: asyncpg.Pool, correction_id: int, statement: str, parameters: Sequence[Any]) -> UUID | None:
    """Unless another run of the same correction has found them all, and goes on with them."""
    async with pool.acquire() as connection, connection.transaction():
        held = await hold(connection, correction_id, CorrectionStatus.COMPARING)
        if held is None or held.compared_to is not None:
            return None
        noted: UUID | None = await connection.fetchval(statement, *parameters)
        return noted
