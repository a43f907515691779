"""Which destinations are due for a look, and what becomes of what was found. The worker does the looking."""

from enum import StrEnum
from typing import Final, NamedTuple

import asyncpg

CHECK_EVERY_DAYS: Final = 7
DESTINATIONS_A_RUN: Final = 1_000
DESTINATIONS_A_HOST: Final = 60

_SERVER_MAY_BE_BUSY: Final = 503

# One look serves all links with the same destination. No host gets more than its share, and accounts take turns, so
# that none holds up others, not even with thousands of hosts that never answer.
_DUE: Final = f"""
    WITH due AS (
        SELECT destination_url, min(account_id) AS account_id, array_agg(id ORDER BY id) AS link_ids,
            min(coalesce(destination_checked_at, '-infinity')) AS since
        FROM link
        WHERE archived_at IS NULL AND kind <> 'RECIPIENT' AND (
            destination_checked_at IS NULL OR destination_checked_at < now() - interval '{CHECK_EVERY_DAYS} days')
        GROUP BY destination_url
    ), ranked AS (
        SELECT *, row_number() OVER (
            PARTITION BY split_part(destination_url, '/', 3) ORDER BY since, destination_url) AS turn
        FROM due
    )
    SELECT destination_url, link_ids FROM ranked WHERE turn <= $1
    ORDER BY row_number() OVER (PARTITION BY account_id ORDER BY since, destination_url), since, destination_url
    LIMIT $2
"""

# A creator hears of it once for each time that it breaks. A destination that was changed meanwhile is another one.
_RECORD: Final = """
    WITH seen AS (
        SELECT id, is_destination_broken IS TRUE AS was_broken FROM link
        WHERE id = ANY ($1::bigint[]) AND destination_url = $2 AND archived_at IS NULL
        ORDER BY id FOR UPDATE
    ), looked AS (
        UPDATE link SET destination_checked_at = now(), destination_finding = $4,
            is_destination_broken = coalesce($3, is_destination_broken)
        FROM seen WHERE link.id = seen.id
        RETURNING link.account_id, link.creator_id, link.id, NOT was_broken AND $3 IS TRUE AS has_broken
    )
    INSERT INTO creator_notice (account_id, creator_id, kind, link_id, created_at)
    SELECT account_id, creator_id, 'LINK_DESTINATION_BROKEN', id, now() FROM looked
    WHERE has_broken AND creator_id IS NOT NULL ORDER BY id
"""


class Problem(StrEnum):
    """Why no answer came from a destination, or none that could be judged."""

    DNS = "DNS"
    TLS = "TLS"
    TIMEOUT = "TIMEOUT"
    NO_CONNECTION = "NO_CONNECTION"
    NO_HTTP = "NO_HTTP"
    BAD_REDIRECT = "BAD_REDIRECT"
    REFUSED_ADDRESS = "REFUSED_ADDRESS"
    TOO_MANY_REDIRECTS = "TOO_MANY_REDIRECTS"
    PORT_NOT_CHECKED = "PORT_NOT_CHECKED"
    NOT_CHECKED = "NOT_CHECKED"


# A browser may well get through where a program turned in circles, or was not allowed to try.
_UNDECIDED: Final = frozenset({Problem.TOO_MANY_REDIRECTS, Problem.PORT_NOT_CHECKED, Problem.NOT_CHECKED})
# What it looks like, too, when the trouble is our own network's.
_SILENT: Final = frozenset({Problem.DNS, Problem.TIMEOUT, Problem.NO_CONNECTION})


class Outcome(NamedTuple):
    """`is_broken` is None when nobody could tell; then what was found before stands."""

    is_broken: bool | None
    finding: str | None = None

    @property
    def is_silence(self) -> bool:
        """Nobody was there to answer: or nobody is reached from here."""
        return self.finding in _SILENT


class DueDestination(NamedTuple):
    url: str
    link_ids: list[int]


def judge_problem(problem: Problem) -> Outcome:
    return Outcome(None if problem in _UNDECIDED else True, problem.value)


def judge_status(status: int) -> Outcome:
    """Many servers turn programs away whom they would not turn away as people: that says nothing."""
    if status < 400:
        return Outcome(is_broken=False)
    is_gone = status in {404, 410} or (status >= 500 and status != _SERVER_MAY_BE_BUSY)
    return Outcome(True if is_gone else None, str(status))


async def list_due_destinations(pool: asyncpg.Pool) -> list[DueDestination]:
    """Of each account in its turn, those that nobody has looked at for longest first."""
    rows = await pool.fetch(_DUE, DESTINATIONS_A_HOST, DESTINATIONS_A_RUN)
    return [DueDestination(row["destination_url"], row["link_ids"]) for row in rows]


async def record_outcome(pool: asyncpg.Pool, due: DueDestination, outcome: Outcome) -> int:
    """Note what was found, and tell the creators whose links broke; how many notices that made."""
    status: str = await pool.execute(_RECORD, due.link_ids, due.url, outcome.is_broken, outcome.finding)
    return int(status.rpartition(" ")[2])
