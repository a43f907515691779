"""A worker with a mistake that the oracle must see: it counts clicks in the hour that its own clock shows."""

from zoneinfo import ZoneInfo

from tracking.clicks import prepare
from tracking.clock import now_ms
from tracking.reports.buckets import Buckets, find_buckets
from tracking.settings import load_settings
from worker.main import run


def find_buckets_of_now(_: int, zone: ZoneInfo) -> Buckets:
    return find_buckets(now_ms(), zone)


if __name__ == "__main__":
    vars(prepare)["find_buckets"] = find_buckets_of_now
    run("ingest", load_settings())
