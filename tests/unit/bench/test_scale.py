"""What clicks take is computed from what one was measured to cost: checked by hand here."""

from bench.scale.costs import Costs, find_median
from bench.scale.needs import count_shards, describe_needs

COSTS = Costs(
    redirector_cpu=30,
    ingest_cpu=60,
    jobs_cpu=20,
    redis_cpu=15,
    postgres_cpu=90,
    postgres_jobs_cpu=30,
    redis_memory=400,
    redis_file=300,
    wal=1_000,
    wal_page_images=200,
    clicks_bytes=500,
    log_bytes=20,
    ingest_per_s=8_000,
    followers_per_s=20_000,
)


def test_a_billion_clicks_a_day_as_computed_by_hand() -> None:
    table = describe_needs(COSTS)
    billion = {row[0]: row[3] for row in table.rows}
    assert table.header[3] == "1,000,000,000 a day"
    assert billion == {
        "clicks/s, mean and peak": "11,574; 34,722",
        "cores of redirectors": "2",  # 34,722 x 30 µs = 1.04 cores, busy to 60 %
        "cores of workers, ingest": "4",
        "cores of workers, jobs": "2",
        "cores of PostgreSQL": "7",
        "Redis instances": "2",  # 0.52 of the one core that an instance has, busy to a half
        "memory of each for an hour's backlog, GB": "25",
        "append-only files, MB/s at peak": "10.4",
        "WAL, MB/s mean and peak": "11.6; 34.7",
        "WAL, GB a day": "1,000",
        "clicks and what is known of them, GB a day": "500",
        "the same kept 90 days, GB": "45,000",
        "event log of 30 days, GB": "600",
        "of what the followers of the log manage, at the mean": "58%",
    }


def test_there_is_always_a_redis() -> None:
    assert [count_shards(COSTS, peak) for peak in (1, 33_000, 34_722, 100_000)] == [1, 1, 2, 3]


def test_each_cost_is_the_median_of_its_rounds() -> None:
    rounds = [COSTS, COSTS, Costs(*[1_000_000.0] * 14)]
    assert find_median(rounds) == COSTS
