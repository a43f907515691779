"""Loaders that several streams use at once."""

import asyncio

import asyncpg
import pytest
from strawberry.dataloader import DataLoader

from api.events.feeds.shared_loaders import SharedLoaders
from tests.waiting import DEADLINE_S

pytestmark = pytest.mark.feature("R13")


class Source:
    """Answers when it is allowed to."""

    def __init__(self, failures: int = 0) -> None:
        self.asked: list[list[int]] = []
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self._failures = failures

    async def load(self, keys: list[int]) -> list[int]:
        self.asked.append(keys)
        self.was_asked.set()
        await self.may_answer.wait()
        if len(self.asked) <= self._failures:
            raise asyncpg.ConnectionDoesNotExistError("the database is away")
        return [key * 10 for key in keys]


def share(source: Source) -> DataLoader[int, int]:
    loaders = SharedLoaders()
    loaders["numbers"] = DataLoader(load_fn=source.load)
    return loaders["numbers"]


async def load(loader: DataLoader[int, int], key: int) -> int:
    async with asyncio.timeout(DEADLINE_S):
        return await loader.load(key)


async def test_what_one_asked_for_the_others_have() -> None:
    source = Source()
    source.may_answer.set()
    loader = share(source)

    assert [await load(loader, 1), await load(loader, 1), await load(loader, 2)] == [10, 10, 20]
    assert source.asked == [[1], [2]]


@pytest.mark.parametrize("is_shared", [True, False])
async def test_whoever_leaves_takes_nothing_from_the_others(is_shared: bool) -> None:
    """A plain loader, for comparison, gives all who wait for a key the cancellation of one."""
    source = Source()
    loader = share(source) if is_shared else DataLoader(load_fn=source.load)
    one, other = (asyncio.create_task(load(loader, 1)) for _ in range(2))
    await source.was_asked.wait()
    one.cancel()
    await asyncio.wait([one])
    source.may_answer.set()
    await asyncio.wait([other])

    assert other.cancelled() is not is_shared


async def test_while_the_database_is_away_they_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.events.feeds.shared_loaders.RETRY_S", 0.01)
    source = Source(failures=2)
    source.may_answer.set()

    assert await load(share(source), 1) == 10
    assert source.asked == [[1], [1], [1]]
