"""What a correction adds to the counters of each creator in each campaign, and what they were before."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
import msgspec

from tracking.database import list_columns
from tracking.reports.deltas import DeltaKey, Deltas
from tracking.reports.scopes import COUNTERS, NO_KEY, Grain, Scope

_PAGE: Final = 1_000

_READ: Final = """
    SELECT coalesce(campaign_id, 0) AS campaign_id, coalesce(creator_id, 0) AS creator_id, amounts
    FROM correction_change
    WHERE correction_id = $1 AND coalesce(campaign_id, 0) = ANY ($2) AND coalesce(creator_id, 0) = ANY ($3)
"""
_WRITE: Final = """
    INSERT INTO correction_change (correction_id, campaign_id, creator_id, amounts)
    SELECT $1, nullif(campaign_id, 0), nullif(creator_id, 0), amounts
    FROM unnest($2::bigint[], $3::bigint[], $4::text[]) AS new (campaign_id, creator_id, amounts)
    ON CONFLICT (correction_id, campaign_id, creator_id) DO UPDATE SET amounts = EXCLUDED.amounts
"""
_READ_PAGE: Final = """
    SELECT id, coalesce(campaign_id, 0) AS campaign_id, coalesce(creator_id, 0) AS creator_id, amounts
    FROM correction_change WHERE correction_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""
# What is folded and what waits, in one statement: a fold between two would be seen twice or not at all.
_COUNTS: Final = f"""
    SELECT first_key, second_key, {", ".join(f"sum({each})::bigint AS {each}" for each in COUNTERS)}
    FROM (
        SELECT first_key, second_key, {", ".join(COUNTERS)} FROM rollup
        WHERE account_id = $1 AND scope = {Scope.CAMPAIGN_CREATOR} AND grain = {Grain.TOTAL}
            AND (first_key, second_key) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
        UNION ALL
        SELECT coalesce(campaign_id, {NO_KEY}), coalesce(creator_id, {NO_KEY}), {", ".join(COUNTERS)} FROM rollup_delta
        WHERE account_id = $1
            AND (coalesce(campaign_id, {NO_KEY}), coalesce(creator_id, {NO_KEY}))
                IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
    ) AS counted
    GROUP BY first_key, second_key
"""
_UPDATE: Final = "UPDATE correction_change SET amounts = $2 WHERE id = $1"
_DELETE: Final = "DELETE FROM correction_change WHERE id = ANY ($1)"

Amounts = dict[str, tuple[int, int]]  # by the name of a counter: what it was, and what is added
_decoder: Final = msgspec.json.Decoder(Amounts)


def make_key(click: Mapping[str, Any]) -> DeltaKey:
    return click["campaign_id"] or NO_KEY, click["creator_id"] or NO_KEY


def decode_amounts(text: str) -> Amounts:
    return _decoder.decode(text)


async def add_amounts(connection: asyncpg.Connection, correction_id: int, deltas: Deltas) -> None:
    """In the transaction that moves the correction on, so that nothing is added twice."""
    rows = deltas.rows()
    if not rows:
        return
    keys = list_columns(row[:2] for row in rows)
    known = {
        (row["campaign_id"], row["creator_id"]): decode_amounts(row["amounts"])
        for row in await connection.fetch(_READ, correction_id, *keys)
    }
    amounts = [_add(known.get((row[0], row[1]), {}), row[2:]) for row in rows]
    await connection.execute(_WRITE, correction_id, *keys, amounts)


async def note_counts_before(connection: asyncpg.Connection, account_id: int, correction_id: int) -> None:
    """Once nothing is added any more. What adds up to nothing is no change."""
    position = 0
    while page := await connection.fetch(_READ_PAGE, correction_id, position, _PAGE):
        position = page[-1]["id"]
        changes = {row["id"]: decode_amounts(row["amounts"]) for row in page}
        void = [each for each, amounts in changes.items() if not any(added for _, added in amounts.values())]
        await connection.execute(_DELETE, void)
        keys = [[row["campaign_id"] for row in page], [row["creator_id"] for row in page]]
        found = await connection.fetch(_COUNTS, account_id, *keys)
        counts = {(row["first_key"], row["second_key"]): row for row in found}
        updates = [
            (row["id"], _encode(changes[row["id"]], counts.get((row["campaign_id"], row["creator_id"]))))
            for row in page
        ]
        await connection.executemany(_UPDATE, updates)


def _add(known: Amounts, added: tuple[Any, ...]) -> str:
    total = {name: (0, known.get(name, (0, 0))[1] + more) for name, more in zip(COUNTERS, added, strict=True)}
    return msgspec.json.encode(total).decode()


def _encode(amounts: Amounts, counts: Any | None) -> str:
    before = {name: counts[name] if counts else 0 for name in amounts}
    return msgspec.json.encode({name: (before[name], added) for name, (_, added) in amounts.items()}).decode()
