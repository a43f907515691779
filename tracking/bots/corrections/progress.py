"""How far a correction is: read before each step and moved on in the transaction that does it."""

import datetime as dt
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.bots.corrections.models import CorrectionKind, CorrectionStatus
from tracking.bots.policies.service import LEAD

NOTHING_COMPARED: Final = UUID(int=0)  # the clicks that are meant are known, and no more than that

_COLUMNS: Final = """
    id, account_id, kind, status, is_dry_run, wanted, ruleset, verdict, undoes_id, until_click_id, compared_to,
    applied_to, requested_at, EXISTS (SELECT FROM correction AS undo WHERE undo.undoes_id = correction.id) AS is_undone
"""
_IS_OPEN: Final = "status IN ('COMPARING', 'APPLYING')"
_NEXT: Final = f"""
    SELECT {_COLUMNS} FROM correction WHERE account_id = $1 AND {_IS_OPEN} ORDER BY id LIMIT 1
"""
_ONE: Final = f"SELECT {_COLUMNS} FROM correction WHERE id = $1 AND {_IS_OPEN}"
_HOLD: Final = f"SELECT {_COLUMNS} FROM correction WHERE id = $1 AND status = $2 FOR NO KEY UPDATE"
_ACCOUNTS: Final = f"SELECT DISTINCT account_id FROM correction WHERE {_IS_OPEN} ORDER BY account_id"
_END: Final = f"""
    UPDATE correction SET status = $2, failure = $3, finished_at = clock_timestamp() WHERE id = $1 AND {_IS_OPEN}
"""
# By a bound, so that no plan can go wrong: nobody has analysed rows that came a moment ago.
_FORGET: Final = f"""
    DELETE FROM correction_click WHERE correction_id = $1 AND click_id <= coalesce(
        (SELECT click_id FROM correction_click WHERE correction_id = $1 ORDER BY click_id OFFSET 50000 LIMIT 1),
        '{UUID(int=2**128 - 1)}'
    )
"""


class OpenCorrection(NamedTuple):
    """`is_undone`: somebody has asked to take it back, so that it need not go on."""

    id: int
    account_id: int
    kind: CorrectionKind
    status: CorrectionStatus
    is_dry_run: bool
    wanted: str
    ruleset: int | None
    verdict: int | None
    undoes_id: int | None
    until_click_id: UUID
    compared_to: UUID | None
    applied_to: UUID | None
    requested_at: dt.datetime
    is_undone: bool

    @property
    def policy_at(self) -> dt.datetime:
        """When what had been set by the request was in force: a version begins to hold a little after it is set."""
        return self.requested_at + LEAD


async def list_accounts_with_corrections(pool: asyncpg.Pool) -> list[int]:
    """Those with open ones: their job runs, waits, or was lost."""
    return [row["account_id"] for row in await pool.fetch(_ACCOUNTS)]


async def find_next(pool: asyncpg.Pool, account_id: int) -> OpenCorrection | None:
    """The oldest open one: one after the other, each compares what the ones before it left."""
    return _read(await pool.fetchrow(_NEXT, account_id))


async def read_open(pool: asyncpg.Pool, correction_id: int) -> OpenCorrection | None:
    return _read(await pool.fetchrow(_ONE, correction_id))


async def hold(connection: asyncpg.Connection, correction_id: int, status: CorrectionStatus) -> OpenCorrection | None:
    """As it stands, locked for the caller's transaction; None when it has gone on."""
    return _read(await connection.fetchrow(_HOLD, correction_id, status.value))


async def end(pool: asyncpg.Pool, correction_id: int, status: CorrectionStatus, failure: str | None = None) -> None:
    """Once. Which clicks were meant is of no use any more."""
    await forget_meant_clicks(pool, correction_id)
    await pool.execute(_END, correction_id, status.value, failure)


async def forget_meant_clicks(pool: asyncpg.Pool, correction_id: int) -> None:
    while await pool.execute(_FORGET, correction_id) != "DELETE 0":
        pass


def _read(row: Any) -> OpenCorrection | None:
    if row is None:
        return None
    kind, status = CorrectionKind(row["kind"]), CorrectionStatus(row["status"])
    return OpenCorrection(**{**row, "kind": kind, "status": status})
