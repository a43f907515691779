"""Reads of statements, and of the figures that they are made of: from rollups, one statement each (rule 12)."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window
from tracking.reports.outcomes import Dating
from tracking.reports.scopes import Grain, Scope
from tracking.statements.figures import CLICKS, MONEY, OUTCOMES, Figures, make_figures

_PERIODS: Final = f"""
    account_id = $1 AND scope = {Scope.CAMPAIGN_CREATOR} AND first_key = $2 AND grain = {Grain.DAY}
        AND bucket >= $3 AND bucket < $5
"""
# Whether it is of the period that begins at the fourth parameter, or of those before it.
_IS_OWN: Final = "second_key AS creator_id, bucket >= $4 AS is_own"
READ_CLICKS: Final = f"""
    SELECT {_IS_OWN}, {", ".join(f'sum({counter})::bigint AS "{name}"' for name, counter in CLICKS.items())}
    FROM rollup WHERE {_PERIODS} GROUP BY second_key, is_own
"""
_SUMS: Final = ", ".join(f'sum({outcome})::numeric AS "{name}"' for name, outcome in {**OUTCOMES, **MONEY}.items())
READ_OUTCOMES: Final = f"""
    SELECT {_IS_OWN}, currency, {_SUMS} FROM outcome_rollup
    WHERE {_PERIODS} AND dating = {Dating.CONVERSION_TIME} GROUP BY second_key, is_own, currency
"""
_STATEMENTS: Final = """
    SELECT id, campaign_id, number, starts_at, ends_at, sha256, actor_kind, actor_id, closed_at FROM statement
"""
_CONTENTS: Final = """
    SELECT statement.id, statement.content, statement.sha256, before.content AS content_before,
        before.sha256 AS sha256_before
    FROM statement LEFT JOIN statement AS before
        ON before.campaign_id = statement.campaign_id AND before.number = statement.number - 1
    WHERE statement.account_id = $1 AND statement.id = ANY ($2::bigint[])
"""


class StatementRow(NamedTuple):
    id: int
    campaign_id: int
    number: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    sha256: bytes
    closed_at: dt.datetime


class StatementContent(NamedTuple):
    """`before` is what the statement before says, and its hash; None of the first."""

    text: str
    before: tuple[str, bytes] | None


class Sums(NamedTuple):
    """By creator: of the periods that were closed before, and of the one that is closed now."""

    closed: Mapping[int, Figures]
    period: Mapping[int, Figures]


def sum_rows(click_rows: Collection[Any], outcome_rows: Collection[Any]) -> Sums:
    """Of what READ_CLICKS and READ_OUTCOMES find."""
    amounts: dict[tuple[bool, int], list[tuple[str, str, int]]] = {}
    for row in click_rows:
        found = [(name, "", row[name]) for name in CLICKS]
        amounts.setdefault((row["is_own"], row["creator_id"]), []).extend(found)
    for row in outcome_rows:
        found = [(name, "", int(row[name])) for name in OUTCOMES]
        found += [(name, row["currency"], int(row[name])) for name in MONEY]
        amounts.setdefault((row["is_own"], row["creator_id"]), []).extend(found)
    figures = {key: make_figures(found) for key, found in amounts.items()}
    return Sums(
        {creator_id: each for (is_own, creator_id), each in figures.items() if not is_own},
        {creator_id: each for (is_own, creator_id), each in figures.items() if is_own},
    )


async def list_statements(
    pool: asyncpg.Pool, account_id: int, campaign_id: int | None, window: Window
) -> list[StatementRow]:
    """The newest first; None: of all campaigns."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.add_if_given("campaign_id = {}", campaign_id)
    page = conditions.page(["id"], window, is_descending=True)
    return [_read(row) for row in await pool.fetch(f"{_STATEMENTS} {page}", *conditions.parameters)]


async def find_statements(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, StatementRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_STATEMENTS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read(row) for row in rows}


async def find_contents(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, StatementContent]:
    """By id, apart from the rows: they are long, and few ask for them."""
    rows = await pool.fetch(_CONTENTS, account_id, list(ids))
    return {
        row["id"]: StatementContent(
            row["content"],
            None if row["content_before"] is None else (row["content_before"], bytes(row["sha256_before"])),
        )
        for row in rows
    }


def _read(row: Any) -> StatementRow:
    values = {name: row[name] for name in StatementRow._fields}
    return StatementRow(**{**values, "sha256": bytes(values["sha256"])})
