"""What exports of reports count: columns, the SQL that sums them from rollups, and their cells (rule 12).

Statements take the account, the grain and both bounds of the range as their first four parameters.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Final

import asyncpg

from tracking.exports.kinds.ranges import find_range
from tracking.exports.layouts import Asked, Cell, Column
from tracking.exports.snapshots import BATCH_ROWS, READ_TIMEOUT_S, open_snapshot
from tracking.reports.queries import find_bounds
from tracking.reports.scopes import COUNTERS, Scope

KINDS_OF_CLICKS: Final = COUNTERS[:6]
TOTAL_CLICKS: Final = f"({' + '.join(KINDS_OF_CLICKS)})"
_COUNTED: Final = COUNTERS[:8]
_SUMS: Final = ", ".join(f"coalesce(sum({counter}), 0)::bigint AS {counter}" for counter in _COUNTED)
CLICK_COLUMNS: Final = (
    Column("total_clicks", int, "Every request of a link, whoever made it: the sum of the next six."),
    Column("human_clicks", int, "Made by people, as far as anything tells."),
    Column("suspect_clicks", int, "Neither clearly a person's nor clearly a program's."),
    Column("bot_clicks", int, "Made by programs."),
    Column("preview_fetches", int, "An app or a chat drew the card of a link."),
    Column("prefetches", int, "A browser looked ahead."),
    Column("test_clicks", int, "Marked as tests."),
    Column("counted_clicks", int, "What counts by the account's policy."),
    Column("unique_clicks", int, "The first counted click of a visitor on a link in a day; the headline."),
    Column("repeat_clicks", int, "counted_clicks - unique_clicks."),
)


def write_counts(scope: Scope, first_key: str, second_key: str = "0") -> str:
    """A lateral row `counts` with the counters of a subject, whose keys are columns of what stands before it."""
    return f"""
        CROSS JOIN LATERAL (
            SELECT {_SUMS} FROM rollup
            WHERE account_id = $1 AND scope = {scope} AND first_key = {first_key} AND second_key = {second_key}
                AND grain = $2 AND bucket >= $3 AND bucket < $4
        ) AS counts
    """


async def bind_range(pool: asyncpg.Pool, asked: Asked) -> tuple[Any, ...]:
    """The first four parameters."""
    wanted = await find_range(pool, asked)
    return asked.account_id, wanted.grain, *find_bounds(wanted)


async def stream_parts(
    pool: asyncpg.Pool, statements: Iterable[str], *parameters: object
) -> AsyncIterator[tuple[int, asyncpg.Record]]:
    """The rows of one statement after the other, with its place, from one view of the database: they add up."""
    async with open_snapshot(pool) as connection:
        for place, statement in enumerate(statements):
            cursor = connection.cursor(statement, *parameters, prefetch=BATCH_ROWS, timeout=READ_TIMEOUT_S)
            async for row in cursor:
                yield place, row


def tell_clicks(row: Any) -> Iterator[Cell]:
    """The cells of CLICK_COLUMNS."""
    yield sum(row[counter] for counter in KINDS_OF_CLICKS)
    for counter in _COUNTED:
        yield row[counter]
    yield row["counted_clicks"] - row["unique_clicks"]
