"""A job runs again after an outage, and only then."""

import pytest
from arq.worker import Retry
from redis.exceptions import ConnectionError as RedisConnectionError

from worker.retrying import LONGEST_DEFER_S, retry_outages


@pytest.mark.parametrize("outage", [OSError("refused"), TimeoutError(), RedisConnectionError("gone")])
async def test_an_outage_asks_for_another_try(outage: Exception) -> None:
    async def work(ctx: dict[str, int]) -> None:
        raise outage

    with pytest.raises(Retry) as asked:
        await retry_outages(work)({"job_try": 3})

    assert asked.value.defer_score == 8_000


async def test_later_tries_wait_no_longer_than_five_minutes() -> None:
    async def work(ctx: dict[str, int]) -> None:
        raise OSError("refused")

    with pytest.raises(Retry) as asked:
        await retry_outages(work)({"job_try": 60})

    assert asked.value.defer_score == LONGEST_DEFER_S * 1_000


async def test_a_mistake_is_not_tried_again() -> None:
    async def work(ctx: dict[str, int]) -> None:
        raise KeyError("mistake")

    with pytest.raises(KeyError):
        await retry_outages(work)({"job_try": 1})
