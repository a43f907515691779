"""The statement of a fold: eats deltas that lie ready and adds them to every scope and grain of their rollup.

Each family of scopes looks only at the deltas that have a part in it, so that clicks on creators' links pay nothing
for messages and offers.
"""

from typing import Final, NamedTuple

from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.scopes import FAMILIES, NO_KEY, SCOPE_KEYS, Family, Grain, Scope, list_grains

FOLD_LIMIT: Final = 100_000
FOLD_IN_MEMORY: Final = "SET LOCAL work_mem = '64MB'"
"""So many deltas are 15 MB, which are sorted again and again."""

_LABELS: Final = (
    "campaign_id",
    "creator_id",
    "link_id",
    "message_id",
    "slot",
    "offer_id",
    "sharer_id",
    "contact_id",
)
_OF_MESSAGE: Final = ("creative_id",)
_TIMES: Final = ("hour_at", "day_at")
_TIMES_OF: Final = {Grain.HOUR: ("hour_at",), Grain.DAY: ("day_at",), Grain.TOTAL: ()}
_TOTAL: Final = f"TIMESTAMPTZ '{TOTAL_BUCKET:%Y-%m-%dT%H:%MZ}'"
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

    @property
    def columns(self) -> tuple[str, ...]:
        return SCOPE_KEYS[self.scope] + _TIMES_OF[self.grain]

    def mark(self, keys: tuple[str, ...]) -> int:
        """What GROUPING() answers for this set: a bit for each key that is not in it, the first key's the highest."""
        return int("".join("0" if key in self.columns else "1" for key in keys), 2)


def write_fold(folded: Folded) -> str:
    """It answers with how many deltas it ate, at most FOLD_LIMIT."""
    always = ("account_id", *folded.kinds)
    labels = ", ".join(f"coalesce({label}, {NO_KEY}) AS {label}" for label in _LABELS)
    summed = " UNION ALL ".join(_write_family(folded, family) for family in FAMILIES)
    changes = ", ".join(f"{counter} = {folded.rollup}.{counter} + excluded.{counter}" for counter in folded.counters)
    return f"""
        WITH folded AS MATERIALIZED (
            DELETE FROM {folded.deltas} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {folded.deltas} LIMIT {FOLD_LIMIT}))
            RETURNING {", ".join(always)}, {labels}, {", ".join((*_TIMES, *folded.counters))}
        ),
        added AS (
            INSERT INTO {folded.rollup} ({", ".join((*_PLACE, *folded.kinds, *folded.counters))})
            {summed}
            ON CONFLICT ({", ".join((*_PLACE, *folded.kinds))}) DO UPDATE SET {changes}
        )
        SELECT count(*) FROM folded
    """


def _write_family(folded: Folded, family: Family) -> str:
    """Sums of the deltas that have a part in a family, where they belong."""
    sets = [_GroupingSet(scope, grain) for scope in family.scopes for grain in list_grains(scope)]
    keys = tuple(dict.fromkeys(key for each in sets for key in each.columns))
    always = ("account_id", *folded.kinds)
    grouping_sets = ", ".join(f"({', '.join((*always, *each.columns))})" for each in sets)
    places = ", ".join(f"({each.mark(keys)}, {each.scope}, {each.grain})" for each in sets)
    sums = ", ".join(f"sum({counter}) AS {counter}" for counter in folded.counters)
    times = [time for time in _TIMES if time in keys]
    bucket = f"coalesce({', '.join((*times, _TOTAL))})"
    return f"""
        SELECT account_id, scope, first_key, second_key, grain, {bucket}, {", ".join((*folded.kinds, *folded.counters))}
        FROM (
            SELECT {", ".join((*always, *keys))}, GROUPING({", ".join(keys)}) AS mark, {sums}
            FROM {_write_source(folded, family, keys)} GROUP BY GROUPING SETS ({grouping_sets})
        ) AS summed
        JOIN (VALUES {places}) AS place (mark, scope, grain) USING (mark)
        CROSS JOIN LATERAL (VALUES ({_write_key(family, 0)}, {_write_key(family, 1)})) AS key (first_key, second_key)
        {f"WHERE first_key <> {NO_KEY}" if family.owners else ""}
    """


def _write_source(folded: Folded, family: Family, keys: tuple[str, ...]) -> str:
    if not family.owners:
        return "folded"
    of_message = [key for key in keys if key in _OF_MESSAGE]
    labels = [key for key in keys if key in _LABELS]
    if of_message and "message_id" not in labels:
        labels.append("message_id")
    columns = ", ".join(("account_id", *folded.kinds, *labels, *(time for time in _TIMES if time in keys)))
    counters, grouping = ", ".join(folded.counters), ""
    if family.is_summed_first:
        counters = ", ".join(f"sum({counter}) AS {counter}" for counter in folded.counters)
        grouping = f"GROUP BY {columns}"
    of_family = " OR ".join(f"{owner} <> {NO_KEY}" for owner in family.owners)
    owned = f"(SELECT {columns}, {counters} FROM folded WHERE {of_family} {grouping}) AS owned"
    if not of_message:
        return owned
    named = ", ".join(f"coalesce(message.{column}, {NO_KEY}) AS {column}" for column in of_message)
    return f"(SELECT owned.*, {named} FROM {owned} LEFT JOIN message ON message.id = owned.message_id) AS named"


def _write_key(family: Family, place: int) -> str:
    """The first or second key of whatever scope a row is of."""
    whens = [f"WHEN {scope} THEN {SCOPE_KEYS[scope][place]}" for scope in family.scopes if SCOPE_KEYS[scope][place:]]
    return f"CASE scope {' '.join(whens)} ELSE {NO_KEY} END" if whens else str(NO_KEY)
