"""What one click was measured to cost; the figures that `needs.py` multiplies."""

from dataclasses import dataclass, fields
from statistics import median


@dataclass(frozen=True)
class Costs:
    """For each click. CPU in microseconds of one core, everything else in bytes, but for the two capacities."""

    redirector_cpu: float
    ingest_cpu: float
    jobs_cpu: float
    redis_cpu: float  # taking it in and giving it out
    postgres_cpu: float  # storing, folding, relaying
    postgres_jobs_cpu: float  # for the followers of the event log
    redis_memory: float  # while it waits
    redis_file: float  # of the append-only file, until that is rewritten
    wal: float  # of everything
    wal_page_images: float  # of that, whole pages after a checkpoint
    clicks_bytes: float  # rows with their indexes that live as long as clicks
    log_bytes: float  # the event log
    ingest_per_s: float  # that one worker stored and folded
    followers_per_s: float  # that the followers of the event log caught up by


def find_median(rounds: list[Costs]) -> Costs:
    return Costs(*(median(getattr(each, field.name) for each in rounds) for field in fields(Costs)))
