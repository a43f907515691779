"""The fold: adds the deltas that lie ready to every scope and grain of the rollups, in one statement that eats them."""

import itertools
from typing import Final, NamedTuple

import asyncpg

from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.scopes import COUNTERS, NO_KEY, SCOPE_KEYS, Grain, Scope

_FOLD_LOCK: Final = 7_261_003
_FOLD_LIMIT: Final = 100_000

_LABELS: Final = ("campaign_id", "creator_id", "link_id", "message_id", "slot")
_KEYS: Final = (*_LABELS, "hour_at", "day_at")


class _GroupingSet(NamedTuple):
    scope: Scope
    grain: Grain
    columns: tuple[str, ...]

    @property
    def mark(self) -> int:
        """What GROUPING() answers for this set: a bit for each key that is not in it, the first key's the highest."""
        bits = ("0" if key in self.columns else "1" for key in _KEYS)
        return int("".join(bits), 2)


def _write_fold() -> str:
    buckets = {Grain.HOUR: ("hour_at",), Grain.DAY: ("day_at",), Grain.TOTAL: ()}
    sets = [
        _GroupingSet(scope, grain, SCOPE_KEYS[scope] + buckets[grain])
        for scope, grain in itertools.product(Scope, Grain)
    ]
    grouping_sets = ", ".join(f"({', '.join(('account_id', *each.columns))})" for each in sets)
    places = ", ".join(f"({each.mark}, {each.scope}, {each.grain})" for each in sets)
    firsts = " ".join(f"WHEN {scope} THEN {keys[0]}" for scope, keys in SCOPE_KEYS.items() if keys)
    seconds = " ".join(f"WHEN {scope} THEN {keys[1]}" for scope, keys in SCOPE_KEYS.items() if len(keys) > 1)
    labels = ", ".join(f"coalesce({label}, {NO_KEY}) AS {label}" for label in _LABELS)
    counters = ", ".join(COUNTERS)
    sums = ", ".join(f"sum({counter}) AS {counter}" for counter in COUNTERS)
    changes = ", ".join(f"{counter} = rollup.{counter} + excluded.{counter}" for counter in COUNTERS)
    return f"""
        WITH folded AS (
            DELETE FROM rollup_delta WHERE ctid = ANY (ARRAY(SELECT ctid FROM rollup_delta LIMIT {_FOLD_LIMIT}))
            RETURNING account_id, {labels}, hour_at, day_at, {counters}
        ),
        summed AS (
            SELECT account_id, {", ".join(_KEYS)}, GROUPING({", ".join(_KEYS)}) AS mark, {sums}
            FROM folded GROUP BY GROUPING SETS ({grouping_sets})
        ),
        added AS (
            INSERT INTO rollup (account_id, scope, first_key, second_key, grain, bucket, {counters})
            SELECT account_id, scope, CASE scope {firsts} ELSE {NO_KEY} END, CASE scope {seconds} ELSE {NO_KEY} END,
                grain, coalesce(hour_at, day_at, '{TOTAL_BUCKET:%Y-%m-%dT%H:%MZ}'), {counters}
            FROM summed JOIN (VALUES {places}) AS place (mark, scope, grain) USING (mark)
            ON CONFLICT (account_id, scope, first_key, second_key, grain, bucket) DO UPDATE SET {changes}
        )
        SELECT count(*) FROM folded
    """


_FOLD: Final = _write_fold()


async def fold_once(pool: asyncpg.Pool) -> int | None:
    """Fold what lies ready, up to a bound; how many deltas it was, or None while another process is folding.

    `folded_at` then says up to when the rollups tell everything.
    """
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _FOLD_LOCK):
            return None
        return await _fold(connection)


async def fold_all(pool: asyncpg.Pool) -> int:
    """Fold until nothing is left; for the seed and tests, which have no worker. Returns the number of deltas."""
    total, folded = 0, _FOLD_LIMIT
    while folded == _FOLD_LIMIT:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _FOLD_LOCK)
            folded = await _fold(connection)
        total += folded
    return total


async def _fold(connection: asyncpg.Connection) -> int:
    folded: int = await connection.fetchval(_FOLD)
    if folded < _FOLD_LIMIT:
        await connection.execute("UPDATE fold_state SET folded_at = now()")
    return folded
