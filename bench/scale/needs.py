"""What so many clicks a day take, computed from what one of them was measured to cost."""

import math
from collections.abc import Iterator
from typing import Final

from bench.figures import Table, format_number
from bench.scale.costs import Costs

CLICKS_A_DAY: Final = (10_000_000, 100_000_000, 1_000_000_000)
PEAK: Final = 3  # times the mean of the day
BUSY: Final = 0.6  # of a core at peak, so that queues stay short
REDIS_BUSY: Final = 0.5  # of the one core that an instance has
BACKLOG_S: Final = 3_600  # for which PostgreSQL may be away at peak
DAY_S: Final = 86_400
KEPT_DAYS: Final = 90
LOG_DAYS: Final = 30  # EVENT_RETENTION_DAYS
MICRO: Final = 1e-6


def describe_needs(costs: Costs) -> Table:
    header = ["", *(f"{clicks:,} a day" for clicks in CLICKS_A_DAY)]
    columns = [dict(_compute(costs, clicks)) for clicks in CLICKS_A_DAY]
    rows = [[name, *(column[name] for column in columns)] for name in columns[0]]
    return Table(f"What it takes: the peak is {PEAK} times the mean, cores busy to {BUSY:.0%} at peak", header, rows)


def count_shards(costs: Costs, peak_per_s: float) -> int:
    return max(1, math.ceil(peak_per_s * costs.redis_cpu * MICRO / REDIS_BUSY))


def _compute(costs: Costs, clicks_a_day: int) -> Iterator[tuple[str, str]]:
    mean = clicks_a_day / DAY_S
    peak = PEAK * mean

    def count_cores(cpu_us: float) -> str:
        return str(max(1, math.ceil(peak * cpu_us * MICRO / BUSY)))

    shards = count_shards(costs, peak)
    yield "clicks/s, mean and peak", f"{mean:,.0f}; {peak:,.0f}"
    yield "cores of redirectors", count_cores(costs.redirector_cpu)
    yield "cores of workers, ingest", count_cores(costs.ingest_cpu)
    yield "cores of workers, jobs", count_cores(costs.jobs_cpu)
    yield "cores of PostgreSQL", count_cores(costs.postgres_cpu + costs.postgres_jobs_cpu)
    yield "Redis instances", str(shards)
    yield "memory of each for an hour's backlog, GB", _giga(costs.redis_memory * peak * BACKLOG_S / shards)
    yield "append-only files, MB/s at peak", f"{peak * costs.redis_file / 1e6:.1f}"
    yield "WAL, MB/s mean and peak", f"{mean * costs.wal / 1e6:.1f}; {peak * costs.wal / 1e6:.1f}"
    yield "WAL, GB a day", _giga(costs.wal * clicks_a_day)
    yield "clicks and what is known of them, GB a day", _giga(costs.clicks_bytes * clicks_a_day)
    yield f"the same kept {KEPT_DAYS} days, GB", _giga(costs.clicks_bytes * clicks_a_day * KEPT_DAYS)
    yield f"event log of {LOG_DAYS} days, GB", _giga(costs.log_bytes * clicks_a_day * LOG_DAYS)
    yield "of what the followers of the log manage, at the mean", f"{mean / costs.followers_per_s:.0%}"


def _giga(size: float) -> str:
    return format_number(size / 1e9)
