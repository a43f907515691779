"""The salts of visitor keys: 32 random bytes per calendar date, gone when the date is over everywhere (rule 5)."""

import datetime as dt
import secrets
from typing import Final

import asyncpg

SALT_BYTES: Final = 32
DAYS_AHEAD: Final = 3

_MAKE: Final = (
    "INSERT INTO visitor_salt (day, salt) SELECT * FROM unnest($1::date[], $2::bytea[]) ON CONFLICT DO NOTHING"
)
_READ: Final = "SELECT day, salt FROM visitor_salt WHERE day BETWEEN $1 AND $2"
_DELETE: Final = "DELETE FROM visitor_salt WHERE day < $1"

# A date begins 14 hours before UTC's and ends 12 hours after it.
_EAST: Final = dt.timedelta(hours=14)
_WEST: Final = dt.timedelta(hours=12)


async def make_salts(pool: asyncpg.Pool, now: dt.datetime) -> None:
    """Salts from the date that is ending in the west to three days ahead in the east; those that exist stay."""
    first, last = (now - _WEST).date(), (now + _EAST).date()
    days = [first + dt.timedelta(days=offset) for offset in range((last - first).days + DAYS_AHEAD + 1)]
    await pool.execute(_MAKE, days, [secrets.token_bytes(SALT_BYTES) for _ in days])


async def delete_over_salts(pool: asyncpg.Pool, now: dt.datetime) -> None:
    """Forget the salts of dates that are over in every time zone: no one can link their visitor keys any more."""
    await pool.execute(_DELETE, (now - _WEST).date())


async def read_salts(pool: asyncpg.Pool, now: dt.datetime) -> dict[dt.date, bytes]:
    """The salts of every date that is, or soon will be, today somewhere."""
    rows = await pool.fetch(_READ, (now - _WEST).date(), (now + _EAST).date() + dt.timedelta(days=1))
    return {row["day"]: row["salt"] for row in rows}
