"""The range of an export as reports know it: at which buckets it starts and ends, and how long they are."""

from zoneinfo import ZoneInfo

import asyncpg

from tracking.exports.layouts import Asked
from tracking.exports.parameters import read_parameters
from tracking.reports.ranges import EVERYTHING, ReportRange, starts_day
from tracking.reports.scopes import Grain


async def find_range(pool: asyncpg.Pool, asked: Asked) -> ReportRange:
    """Without a start it is everything, as in reports."""
    parameters = read_parameters(asked.parameters)
    start, end = parameters.range_start, parameters.range_end
    if start is None or end is None:
        return EVERYTHING
    zone = ZoneInfo(await pool.fetchval("SELECT timezone FROM account WHERE id = $1", asked.account_id))
    is_whole_days = starts_day(start, zone) and starts_day(end, zone)
    return ReportRange(start, end, Grain.DAY if is_whole_days else Grain.HOUR)
