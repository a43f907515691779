"""Who holds a unique click after clicks were judged anew, or would hold it. Whoever writes locks keys before clicks.

Every key that is touched has a locked row while the transaction lasts, one made for the occasion if need be: whoever
stores or judges clicks of the same key meanwhile waits there, so that an election sees all of them (rule 6).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.clicks.ids import lower_bound
from tracking.clicks.prepare import LINK_DAY, MESSAGE_CONTACT, UniqueKey
from tracking.clicks.uniques import UNIQUE_COLUMNS, UNIQUE_KEY, KeyGoneError
from tracking.database import list_columns

# A calendar day ends within two days of its start in UTC, wherever on Earth it is told.
_DAY_ENDS_AFTER: Final = dt.timedelta(days=2)

_CLAIM: Final = f"""
    INSERT INTO unique_click ({UNIQUE_KEY}, account_id, click_id)
    SELECT {UNIQUE_KEY}, account_id, click_id FROM incoming_unique ORDER BY {UNIQUE_KEY}
    ON CONFLICT DO NOTHING
    RETURNING {UNIQUE_KEY}
"""
_LOCK: Final = f"""
    SELECT {UNIQUE_KEY}, held.click_id FROM incoming_unique AS wanted JOIN unique_click AS held USING ({UNIQUE_KEY})
    ORDER BY {UNIQUE_KEY} FOR UPDATE OF held
"""
# In the order of time, which is that of ids, but not one in which an index could be read: among all clicks of a busy
# link, that finds the next of one visitor only after reading most of the others.
_NEXT_OF_DAYS: Final = """
    SELECT day, subject_id, lost.visitor_key, following.id
    FROM unnest($1::date[], $2::bigint[], $3::bytea[], $4::uuid[], $5::uuid[])
        AS lost (day, subject_id, visitor_key, after_id, before_id)
    CROSS JOIN LATERAL (
        SELECT id FROM click
        WHERE link_id = lost.subject_id AND id > lost.after_id AND id < lost.before_id
            AND visitor_key = lost.visitor_key AND visitor_day = lost.day
            AND (contact_id IS NULL OR message_id IS NULL) AND {counts}
        ORDER BY occurred_at, id LIMIT 1
    ) AS following
"""
_NEXT_OF_CONTACTS: Final = """
    SELECT day, subject_id, lost.visitor_key, following.id
    FROM unnest($1::date[], $2::bigint[], $3::bytea[], $4::uuid[], $5::bigint[])
        AS lost (day, subject_id, visitor_key, after_id, contact_id)
    CROSS JOIN LATERAL (
        SELECT id FROM click
        WHERE message_id = lost.subject_id AND contact_id = lost.contact_id AND id > lost.after_id
            AND visitor_key = lost.visitor_key AND {counts}
        ORDER BY occurred_at, id LIMIT 1
    ) AS following
"""
_MOVE: Final = """
    UPDATE unique_click AS held SET click_id = moved.click_id
    FROM unnest($1::date[], $2::smallint[], $3::bigint[], $4::bytea[], $5::uuid[])
        AS moved (day, subject, subject_id, visitor_key, click_id)
    WHERE (held.day, held.subject, held.subject_id, held.visitor_key)
        = (moved.day, moved.subject, moved.subject_id, moved.visitor_key)
"""
_REMOVE: Final = """
    DELETE FROM unique_click AS held
    USING unnest($1::date[], $2::smallint[], $3::bigint[], $4::bytea[])
        AS gone (day, subject, subject_id, visitor_key)
    WHERE (held.day, held.subject, held.subject_id, held.visitor_key)
        = (gone.day, gone.subject, gone.subject_id, gone.visitor_key)
"""

Holders = dict[UniqueKey, UUID | None]


class Ballot(NamedTuple):
    """What changed among the clicks of one key."""

    gained: set[UUID]  # count now
    lost: set[UUID]  # do not count any more
    contact_id: int | None


async def lock_uniques(connection: asyncpg.Connection, claims: Mapping[UniqueKey, tuple[int, UUID]]) -> Holders:
    """Lock the row of each key, in the order of keys; answers with who holds it. Claims name account and any click.

    A key without a row gets one in the name of that click, for `settle` to correct.
    """
    records = [(*key, *claim) for key, claim in claims.items()]
    await connection.copy_records_to_table("incoming_unique", records=records, columns=UNIQUE_COLUMNS)
    made = {tuple(row) for row in await connection.fetch(_CLAIM)}
    found = {tuple(row)[:4]: row["click_id"] for row in await connection.fetch(_LOCK)}
    if len(found) < len(claims):
        raise KeyGoneError
    return {key: None if key in made else found[key] for key in claims}


async def elect(
    connection: asyncpg.Connection,
    held: Holders,
    ballots: Mapping[UniqueKey, Ballot],
    counts: str = "is_counted",
    parameters: Sequence[Any] = (),
) -> Holders:
    """Who should hold each key, in a statement after those that locked and judged: the earliest counted click.

    `counts` says in SQL over `click` which ones count; `parameters` are its own, numbered from 6 on.
    """
    unseated = {key: ballot for key, ballot in ballots.items() if held[key] in ballot.lost}
    following = await _find_following(connection, held, unseated, counts, parameters)
    elected: Holders = {}
    for key, holder in held.items():
        ballot = ballots.get(key)
        standing = following.get(key) if key in unseated else holder
        candidates = [click_id for click_id in (standing, *(ballot.gained if ballot else ())) if click_id is not None]
        elected[key] = min(candidates, default=None)
    return elected


async def settle(
    connection: asyncpg.Connection, held: Holders, elected: Holders, claims: Mapping[UniqueKey, tuple[int, UUID]]
) -> None:
    """Write down who was elected."""
    moved = [(*key, holder) for key, holder in elected.items() if holder not in (None, held[key] or claims[key][1])]
    gone = [key for key, holder in elected.items() if holder is None]
    if moved:
        await connection.execute(_MOVE, *list_columns(moved))
    if gone:
        await connection.execute(_REMOVE, *list_columns(gone))


async def _find_following(
    connection: asyncpg.Connection,
    held: Holders,
    unseated: Mapping[UniqueKey, Ballot],
    counts: str,
    parameters: Sequence[Any],
) -> dict[UniqueKey, UUID]:
    """The next counted click after each holder that counts no more. Nobody earlier counted, or it would have held."""
    days, contacts = [], []
    for key, ballot in unseated.items():
        day, subject, *rest = key
        if subject == LINK_DAY:
            days.append((day, *rest, held[key], _find_end_of_day(day)))
        else:
            contacts.append((day, *rest, held[key], ballot.contact_id))
    following: dict[UniqueKey, UUID] = {}
    for subject, statement, lost in ((LINK_DAY, _NEXT_OF_DAYS, days), (MESSAGE_CONTACT, _NEXT_OF_CONTACTS, contacts)):
        if lost:
            for row in await connection.fetch(statement.format(counts=counts), *list_columns(lost), *parameters):
                following[row["day"], subject, row["subject_id"], row["visitor_key"]] = row["id"]
    return following


def _find_end_of_day(day: dt.date) -> UUID:
    """Clicks of that day, in whatever time zone, have smaller ids."""
    return lower_bound(dt.datetime.combine(day, dt.time(), dt.UTC) + _DAY_ENDS_AFTER)
