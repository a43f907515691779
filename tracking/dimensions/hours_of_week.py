"""When in the week a subject is clicked: its hours, laid on top of each other by weekday and hour of the account."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import asyncpg

from tracking.reports.queries import Counts, Subject, bind_subjects, find_bounds, read_counts, read_subject
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import COUNTERS, Grain

HOURS_OF_WEEK: Final = 7 * 24

_SUMS: Final = ", ".join(f"sum({counter})::bigint AS {counter}" for counter in COUNTERS)
# Hours of rollups are local ones, also where clocks cut them, so the local time at which one starts names it.
_READ: Final = f"""
    SELECT scope, first_key, second_key, extract(isodow FROM starts_at)::int AS weekday,
        extract(hour FROM starts_at)::int AS hour, {_SUMS}
    FROM (SELECT timezone FROM account WHERE id = $1) AS local,
        unnest($2::smallint[], $3::bigint[], $4::bigint[]) AS wanted (scope, first_key, second_key)
    JOIN rollup USING (scope, first_key, second_key)
    CROSS JOIN LATERAL (SELECT bucket AT TIME ZONE local.timezone AS starts_at) AS started
    WHERE rollup.account_id = $1 AND grain = {Grain.HOUR} AND bucket >= $5 AND bucket < $6
    GROUP BY scope, first_key, second_key, weekday, hour
"""


class HourOfWeek(NamedTuple):
    """`weekday` as in ISO 8601: 1 is Monday. `hour` is from 0 to 23."""

    weekday: int
    hour: int


async def read_hours_of_week(
    pool: asyncpg.Pool, account_id: int, subjects: Iterable[Subject], wanted: ReportRange
) -> dict[Subject, dict[HourOfWeek, Counts]]:
    """In one statement, by hours alone: those without clicks, and subjects without any, are left out."""
    found: dict[Subject, dict[HourOfWeek, Counts]] = {}
    for row in await pool.fetch(_READ, account_id, *bind_subjects(subjects), *_find_hours(wanted)):
        hour = HourOfWeek(row["weekday"], row["hour"])
        found.setdefault(read_subject(row), {})[hour] = read_counts(row)
    return found


def _find_hours(wanted: ReportRange) -> tuple[object, object]:
    return find_bounds(wanted._replace(grain=Grain.HOUR))
