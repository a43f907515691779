"""The statement of a fold: eats deltas that lie ready and adds them to every scope and grain of their rollup."""

import itertools
from typing import Final, NamedTuple

from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.scopes import NO_KEY, SCOPE_KEYS, Grain, Scope

FOLD_LIMIT: Final = 100_000

_LABELS: Final = ("campaign_id", "creator_id", "link_id", "message_id", "slot", "offer_id")
_KEYS: Final = (*_LABELS, "hour_at", "day_at")
_PLACE: Final = ("account_id", "scope", "first_key", "second_key", "grain", "bucket")


class Folded(NamedTuple):
    """A table of deltas and the rollup it is added to. `kinds` are the columns, beside labels and time, that keep
    counts apart.
    """

    deltas: str
    rollup: str
    counters: tuple[str, ...]
    kinds: tuple[str, ...] = ()


class _GroupingSet(NamedTuple):
    scope: Scope
    grain: Grain
    columns: tuple[str, ...]

    @property
    def mark(self) -> int:
        """What GROUPING() answers for this set: a bit for each key that is not in it, the first key's the highest."""
        bits = ("0" if key in self.columns else "1" for key in _KEYS)
        return int("".join(bits), 2)


def write_fold(folded: Folded) -> str:
    """It answers with how many deltas it ate, at most FOLD_LIMIT."""
    buckets = {Grain.HOUR: ("hour_at",), Grain.DAY: ("day_at",), Grain.TOTAL: ()}
    sets = [
        _GroupingSet(scope, grain, SCOPE_KEYS[scope] + buckets[grain])
        for scope, grain in itertools.product(Scope, Grain)
    ]
    always = ("account_id", *folded.kinds)
    grouping_sets = ", ".join(f"({', '.join((*always, *each.columns))})" for each in sets)
    places = ", ".join(f"({each.mark}, {each.scope}, {each.grain})" for each in sets)
    firsts = " ".join(f"WHEN {scope} THEN {keys[0]}" for scope, keys in SCOPE_KEYS.items() if keys)
    seconds = " ".join(f"WHEN {scope} THEN {keys[1]}" for scope, keys in SCOPE_KEYS.items() if len(keys) > 1)
    labels = ", ".join(f"coalesce({label}, {NO_KEY}) AS {label}" for label in _LABELS)
    counters = ", ".join(folded.counters)
    sums = ", ".join(f"sum({counter}) AS {counter}" for counter in folded.counters)
    changes = ", ".join(f"{counter} = {folded.rollup}.{counter} + excluded.{counter}" for counter in folded.counters)
    return f"""
        WITH folded AS (
            DELETE FROM {folded.deltas} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {folded.deltas} LIMIT {FOLD_LIMIT}))
            RETURNING {", ".join(always)}, {labels}, hour_at, day_at, {counters}
        ),
        summed AS (
            SELECT {", ".join((*always, *_KEYS))}, GROUPING({", ".join(_KEYS)}) AS mark, {sums}
            FROM folded GROUP BY GROUPING SETS ({grouping_sets})
        ),
        added AS (
            INSERT INTO {folded.rollup} ({", ".join((*_PLACE, *folded.kinds))}, {counters})
            SELECT account_id, scope, CASE scope {firsts} ELSE {NO_KEY} END, CASE scope {seconds} ELSE {NO_KEY} END,
                grain, coalesce(hour_at, day_at, '{TOTAL_BUCKET:%Y-%m-%dT%H:%MZ}'),
                {", ".join((*folded.kinds, *folded.counters))}
            FROM summed JOIN (VALUES {places}) AS place (mark, scope, grain) USING (mark)
            ON CONFLICT ({", ".join((*_PLACE, *folded.kinds))}) DO UPDATE SET {changes}
        )
        SELECT count(*) FROM folded
    """
