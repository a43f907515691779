"""Reads of corrections and of what they change. Used by the api."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.bots.corrections.amounts import Amounts, decode_amounts
from tracking.bots.corrections.models import CorrectionKind, CorrectionStatus
from tracking.bots.verdicts import Verdict
from tracking.history.models import ActorKind
from tracking.paging import Conditions, Window

_CORRECTIONS: Final = """
    SELECT id, kind, status, is_dry_run, ruleset, verdict, note, actor_kind, actor_id, undoes_id, stored_since,
        examined_clicks, changing_clicks, applied_clicks, failure, requested_at, finished_at,
        (SELECT undo.id FROM correction AS undo WHERE undo.undoes_id = correction.id) AS undone_by_id
    FROM correction
"""
_CHANGES: Final = """
    SELECT wanted.place, change.* FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (id, place)
    JOIN correction ON correction.id = wanted.id AND correction.account_id = $1
    CROSS JOIN LATERAL (SELECT id, campaign_id, creator_id, amounts FROM correction_change {page}) AS change
    ORDER BY wanted.place, change.id {direction}
"""


class CorrectionRow(NamedTuple):
    id: int
    kind: CorrectionKind
    status: CorrectionStatus
    is_dry_run: bool
    ruleset: int | None
    verdict: Verdict | None
    note: str
    actor_kind: ActorKind
    actor_id: int | None
    undoes_id: int | None
    undone_by_id: int | None
    stored_since: dt.datetime | None
    examined_clicks: int
    changing_clicks: int
    applied_clicks: int
    failure: str | None
    requested_at: dt.datetime
    finished_at: dt.datetime | None


class ChangeRow(NamedTuple):
    id: int
    campaign_id: int | None
    creator_id: int | None
    amounts: Amounts


class CorrectionFilter(NamedTuple):
    """What is None restricts nothing."""

    kinds: Collection[CorrectionKind] | None = None
    statuses: Collection[CorrectionStatus] | None = None
    is_dry_run: bool | None = None


class ChangePage(NamedTuple):
    window: Window


async def list_corrections(
    pool: asyncpg.Pool, account_id: int, wanted: CorrectionFilter, window: Window, *, is_descending: bool
) -> list[CorrectionRow]:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.add_if_given("kind = ANY ({}::text[])", _names(wanted.kinds))
    conditions.add_if_given("status = ANY ({}::text[])", _names(wanted.statuses))
    conditions.add_if_given("is_dry_run = {}", wanted.is_dry_run)
    page = conditions.page(["id"], window, is_descending=is_descending)
    return [_read(row) for row in await pool.fetch(f"{_CORRECTIONS} {page}", *conditions.parameters)]


async def find_corrections(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, CorrectionRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_CORRECTIONS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read(row) for row in rows}


async def list_changes(
    pool: asyncpg.Pool, account_id: int, page: ChangePage, correction_ids: Sequence[int]
) -> list[list[ChangeRow]]:
    """The page of each correction, in one statement for any number of them."""
    conditions = Conditions(account_id, list(correction_ids))
    conditions.require("correction_id = wanted.id")
    of_each = conditions.page(["correction_change.id"], page.window, is_descending=False)
    direction = "DESC" if page.window.is_backward else "ASC"
    rows = await pool.fetch(_CHANGES.format(page=of_each, direction=direction), *conditions.parameters)
    found: list[list[ChangeRow]] = [[] for _ in correction_ids]
    for row in rows:
        change = ChangeRow(row["id"], row["campaign_id"], row["creator_id"], decode_amounts(row["amounts"]))
        found[row["place"] - 1].append(change)
    return found


def _names(values: Collection[Any] | None) -> list[str] | None:
    return None if values is None else [value.value for value in values]


def _read(row: Any) -> CorrectionRow:
    values = {**row}
    values["kind"], values["status"] = CorrectionKind(row["kind"]), CorrectionStatus(row["status"])
    values["verdict"] = None if row["verdict"] is None else Verdict(row["verdict"])
    return CorrectionRow(**{**values, "actor_kind": ActorKind(row["actor_kind"])})
