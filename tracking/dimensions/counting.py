"""Brings the rollup of traits to what clicks are now: by the difference to what it holds of each of them.

So it does not matter in which order, how often or by whom clicks are looked at (rule 6). One at a time counts, in the
transaction that also remembers what was counted.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.prepare import FOR_EVER
from tracking.dimensions.kinds import (
    COUNTED_AS,
    HELD,
    MAX_VALUES,
    NO_VALUE,
    OTHER,
    SCOPES,
    VALUES,
    Trait,
    write_counters,
)
from tracking.reports.buckets import find_day_start
from tracking.reports.scopes import COUNTERS, NO_KEY, SCOPE_KEYS, Scope

COUNT_LOCK: Final = 7_261_030
LOOK_TIMEOUT_S: Final = 600

_DAY: Final = dt.timedelta(days=1)
_LABELS: Final = ("campaign_id", "creator_id", "link_id", "message_id", "offer_id")
_PART: Final = ("account_id", "day_at", "dimension", "value")
_NAMES: Final = ", ".join(COUNTERS)

_STAGE: Final = f"""
    CREATE TEMPORARY TABLE IF NOT EXISTS dimension_change (
        account_id bigint, {" bigint, ".join(_LABELS)} bigint, day_at timestamptz, dimension smallint,
        value text COLLATE "C", {" bigint, ".join(COUNTERS)} bigint
    ) ON COMMIT DELETE ROWS
"""
# Through their indexes, as everybody joins tables that grow from nothing within minutes.
_BY_INDEX: Final = """
    SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off
"""
_AT_LENGTH: Final = "SET LOCAL work_mem = '64MB'"
_BY_ANY_PLAN: Final = "SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"

_SUMS: Final = ", ".join(
    f"sum(CASE WHEN {condition} THEN clicks ELSE 0 END) AS {name}" for name, condition in write_counters().items()
)
_TURNED: Final = f"account_id, {', '.join(_LABELS)}, day_at, referrer_host, country, placement"
# What clicks are, beside what is remembered of them. $1 are accounts and $2 a day of each, in order.
_FIND: Final = f"""
    WITH calendar AS MATERIALIZED (
        SELECT account_id, array_agg(day_at ORDER BY day_at) AS days
        FROM unnest($1::bigint[], $2::timestamptz[]) AS day (account_id, day_at) GROUP BY account_id
    ),
    changed AS MATERIALIZED (
        SELECT click.id, click.account_id, coalesce(campaign_id, {NO_KEY}) AS campaign_id,
            coalesce(creator_id, {NO_KEY}) AS creator_id,
            CASE WHEN contact_id IS NULL THEN link_id ELSE {NO_KEY} END AS link_id,
            coalesce(message_id, {NO_KEY}) AS message_id, coalesce(offer_id, {NO_KEY}) AS offer_id,
            days[width_bucket(occurred_at, days)] AS day_at, referrer_host, country, placement,
            click.user_agent_id, judged.counted_as, known.click_id IS NOT NULL AS is_known,
            known.user_agent_id AS known_user_agent_id, known.counted_as AS known_counted_as
        FROM click JOIN calendar ON calendar.account_id = click.account_id
        LEFT JOIN unique_click AS held ON {{held}}
        CROSS JOIN LATERAL (SELECT {COUNTED_AS} AS counted_as) AS judged
        LEFT JOIN dimension_click AS known ON known.click_id = click.id {{known}}
        WHERE {{which}} AND (known.click_id IS NULL OR known.counted_as <> judged.counted_as
            OR known.user_agent_id IS DISTINCT FROM click.user_agent_id)
    ),
    remembered AS (
        INSERT INTO dimension_click (click_id, user_agent_id, counted_as)
        SELECT id, user_agent_id, counted_as FROM changed ORDER BY id
        ON CONFLICT (click_id) DO UPDATE
            SET user_agent_id = excluded.user_agent_id, counted_as = excluded.counted_as
    ),
    turned AS (
        SELECT {_TURNED}, user_agent_id, counted_as, sum(sign) AS clicks FROM (
            SELECT {_TURNED}, user_agent_id, counted_as, 1 AS sign FROM changed
            UNION ALL SELECT {_TURNED}, known_user_agent_id, known_counted_as, -1 FROM changed WHERE is_known
        ) AS each GROUP BY {_TURNED}, user_agent_id, counted_as
    )
    INSERT INTO dimension_change
    SELECT account_id, {", ".join(_LABELS)}, day_at, dimension, part.value, {_SUMS}
    FROM turned LEFT JOIN user_agent ON user_agent.id = user_agent_id
    CROSS JOIN LATERAL (VALUES {VALUES}) AS part (dimension, value)
    WHERE part.value IS NOT NULL
    GROUP BY account_id, {", ".join(_LABELS)}, day_at, dimension, part.value
"""
_FIND_CLICKS: Final = _FIND.format(held=HELD, known="", which="click.id = ANY ($3::uuid[])")
# Of one account between two ids; what it is joined with is of the same time, so that it may be read as a whole.
_FIND_RANGE: Final = _FIND.format(
    held=HELD
    + f" AND held.account_id = ($1::bigint[])[1] AND (held.day = DATE '{FOR_EVER}' OR held.day BETWEEN $5 AND $6)",
    known="AND known.click_id >= $3 AND known.click_id < $4",
    which="click.account_id = ($1::bigint[])[1] AND click.id >= $3 AND click.id < $4",
)
_PARTS: Final = ", ".join(_PART)
# A value that is new where there are many already is one of the others, for ever: those that are known stay, so that
# whatever is taken back is taken from where it was added.
_NAMED: Final = f"""
    WITH incoming AS MATERIALIZED (
        SELECT {_PARTS}, sum(human_clicks + suspect_clicks) AS clicks FROM dimension_change
        WHERE dimension <> {Trait.EVERYTHING} GROUP BY {_PARTS}
    ),
    known AS MATERIALIZED (
        SELECT {_PARTS} FROM (SELECT DISTINCT account_id, day_at, dimension FROM incoming) AS wanted
        JOIN dimension_rollup USING (account_id, day_at, dimension)
        WHERE scope = {Scope.ACCOUNT} AND first_key = {NO_KEY} AND second_key = {NO_KEY} AND value <> '{OTHER}'
    ),
    news AS (
        SELECT {_PARTS},
            row_number() OVER (PARTITION BY account_id, day_at, dimension ORDER BY clicks DESC, value) AS place
        FROM incoming LEFT JOIN known USING ({_PARTS})
        WHERE known.value IS NULL
    ),
    kept AS MATERIALIZED (
        TABLE known UNION ALL
        SELECT {_PARTS} FROM news LEFT JOIN (
            SELECT account_id, day_at, dimension, count(*) AS known FROM known GROUP BY 1, 2, 3
        ) AS taken USING (account_id, day_at, dimension)
        WHERE place <= {MAX_VALUES} - coalesce(known, 0)
    ),
    named AS (
        SELECT account_id, day_at, dimension, {", ".join(_LABELS)}, {_NAMES},
            CASE WHEN dimension = {Trait.EVERYTHING} THEN '{NO_VALUE}'
                ELSE coalesce(kept.value, '{OTHER}') END AS value
        FROM dimension_change AS change LEFT JOIN kept USING ({_PARTS})
    )
"""


def _write_add() -> str:
    """What changed, in every scope."""
    sets = ", ".join(f"({', '.join((*_PART, *SCOPE_KEYS[scope]))})" for scope in SCOPES)
    marks = {
        scope: int("".join("0" if label in SCOPE_KEYS[scope] else "1" for label in _LABELS), 2) for scope in SCOPES
    }
    places = ", ".join(f"({mark}, {scope})" for scope, mark in marks.items())
    firsts = " ".join(f"WHEN {scope} THEN {SCOPE_KEYS[scope][0]}" for scope in SCOPES if SCOPE_KEYS[scope])
    seconds = " ".join(f"WHEN {scope} THEN {SCOPE_KEYS[scope][1]}" for scope in SCOPES if len(SCOPE_KEYS[scope]) > 1)
    has_keys = " AND ".join(f"{label} IS DISTINCT FROM {NO_KEY}" for label in _LABELS)
    any_change = " OR ".join(f"{counter} <> 0" for counter in COUNTERS)
    part = ", ".join(_PART)
    return f"""
        {_NAMED},
        summed AS (
            SELECT {part}, {", ".join(_LABELS)}, GROUPING({", ".join(_LABELS)}) AS mark,
                {", ".join(f"sum({counter})::integer AS {counter}" for counter in COUNTERS)}
            FROM named GROUP BY GROUPING SETS ({sets})
        )
        INSERT INTO dimension_rollup ({part}, scope, first_key, second_key, {_NAMES})
        SELECT {part}, scope, CASE scope {firsts} ELSE {NO_KEY} END AS first_key,
            CASE scope {seconds} ELSE {NO_KEY} END AS second_key, {_NAMES}
        FROM summed JOIN (VALUES {places}) AS place (mark, scope) USING (mark)
        WHERE {has_keys} AND ({any_change})
        ORDER BY account_id, first_key, second_key, scope, dimension, day_at, value
        ON CONFLICT (account_id, first_key, second_key, scope, dimension, day_at, value) DO UPDATE
            SET {", ".join(f"{counter} = dimension_rollup.{counter} + excluded.{counter}" for counter in COUNTERS)}
    """


_ADD: Final = _write_add()


class Span(NamedTuple):
    """Clicks of an account between two moments."""

    account_id: int
    zone: ZoneInfo
    first_at: dt.datetime
    last_at: dt.datetime

    def list_days(self) -> list[dt.datetime]:
        """The start of every day of the account in which any of it lies."""
        day, last = self.first_at.astimezone(self.zone).date(), self.last_at.astimezone(self.zone).date()
        return [find_day_start(day + count * _DAY, self.zone) for count in range((last - day).days + 1)]


async def try_to_count(connection: asyncpg.Connection) -> bool:
    """Whether this transaction may count: no other one does before it ends."""
    may_count: bool = await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", COUNT_LOCK)
    return may_count


async def wait_to_count(connection: asyncpg.Connection) -> None:
    await connection.execute("SET LOCAL lock_timeout = 0")
    await connection.execute("SELECT pg_advisory_xact_lock($1)", COUNT_LOCK, timeout=LOOK_TIMEOUT_S)


async def count_clicks(connection: asyncpg.Connection, spans: Iterable[Span], click_ids: list[UUID]) -> None:
    """These clicks, which lie in these spans, in a transaction that may count. What is not stored has no say."""
    await connection.execute(_STAGE)
    await connection.execute(_BY_INDEX)
    await connection.execute(_FIND_CLICKS, *_bind_days(spans), click_ids, timeout=LOOK_TIMEOUT_S)
    await connection.execute(_BY_ANY_PLAN)
    await connection.execute(_ADD, timeout=LOOK_TIMEOUT_S)


async def count_range(connection: asyncpg.Connection, span: Span, first_id: UUID, last_id: UUID) -> None:
    """All clicks of a span: ids from the first to before the last, in a transaction that may count."""
    days = (span.first_at.date() - 2 * _DAY, span.last_at.date() + 2 * _DAY)
    await connection.execute(_STAGE)
    await connection.execute(_AT_LENGTH)
    await connection.execute(_FIND_RANGE, *_bind_days([span]), first_id, last_id, *days, timeout=LOOK_TIMEOUT_S)
    await connection.execute(_ADD, timeout=LOOK_TIMEOUT_S)


def _bind_days(spans: Iterable[Span]) -> tuple[list[int], list[dt.datetime]]:
    days = [(span.account_id, day_at) for span in spans for day_at in span.list_days()]
    return [account_id for account_id, _ in days], [day_at for _, day_at in days]
