"""How jobs are asked for and how they travel."""

from typing import Any

import pytest

from tracking.jobs import GENERATE_DELIVERABLE_LINKS, deserialize_job, request_deliverable_links, serialize_job
from tracking.streams import JOBS_QUEUE


class RememberingQueue:
    def __init__(self) -> None:
        self.asked_for: list[tuple[Any, ...]] = []

    async def enqueue_job(self, function: str, *args: Any, _queue_name: str | None = None) -> None:
        self.asked_for.append((function, *args, _queue_name))


async def test_links_are_asked_for_in_the_queue_of_jobs() -> None:
    queue = RememberingQueue()

    await request_deliverable_links(queue, 7)

    assert queue.asked_for == [(GENERATE_DELIVERABLE_LINKS, 7, JOBS_QUEUE)]


def test_a_job_travels_as_json() -> None:
    job = {"t": 1, "f": GENERATE_DELIVERABLE_LINKS, "a": [7], "k": {}, "et": 1_795_000_000_000}

    assert deserialize_job(serialize_job(job)) == job


def test_a_pickle_is_not_read() -> None:
    with pytest.raises(ValueError, match="codec can't decode"):
        deserialize_job(b"\x80\x04\x95\x00.")
