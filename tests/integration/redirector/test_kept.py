"""Rows in memory besides links: read once for many, never older than what was heard of them, and bounded."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from redirector.counters import Counters
from redirector.memory.cache import LinkCache
from redirector.memory.changes import ChangeFeed
from redirector.memory.kept import MAX_TRIES, Kept
from redirector.memory.resolver import UnavailableError
from redirector.memory.unknown import UnknownSlugs
from tracking.settings import Settings


@pytest.fixture
def feed(settings: Settings) -> ChangeFeed:
    return ChangeFeed(settings, LinkCache(1), UnknownSlugs(1), Counters())


class Table:
    """What stands in PostgreSQL; `changes` of it are heard while it is read."""

    def __init__(self, feed: ChangeFeed, changes: int = 0) -> None:
        self.feed = feed
        self.changes = changes
        self.version = 0
        self.reads: list[list[str]] = []

    async def read(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.reads.append(list(keys))
        read = self.version
        if self.changes:
            self.changes -= 1
            self.version += 1
            self.feed.epoch += 1
        await asyncio.sleep(0)
        return {key: read for key in keys if key != "nobody"}


@pytest.mark.feature("R8")
async def test_a_row_that_changed_while_it_was_read_is_read_again(feed: ChangeFeed) -> None:
    table = Table(feed, changes=1)
    kept: Kept[str, int] = Kept(table.read, feed, Counters())

    assert await kept.find("key") == 1
    assert kept.recall("key") == 1
    assert len(table.reads) == 2


@pytest.mark.feature("R8")
async def test_what_changes_all_the_time_is_answered_and_not_kept(feed: ChangeFeed) -> None:
    table = Table(feed, changes=MAX_TRIES)
    kept: Kept[str, int] = Kept(table.read, feed, Counters())

    assert await kept.find("key") == MAX_TRIES - 1
    assert kept.recall("key") is None


async def test_what_is_not_there_is_remembered_until_something_changes(feed: ChangeFeed) -> None:
    table = Table(feed)
    kept: Kept[str, int] = Kept(table.read, feed, Counters())

    assert [await kept.find("nobody"), await kept.find("nobody")] == [None, None]
    assert table.reads == [["nobody"]]
    kept.drop_where(lambda _key, _value: False)
    assert await kept.find("nobody") is None
    assert table.reads == [["nobody"], ["nobody"]]


async def test_garbage_pushes_out_no_row(feed: ChangeFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redirector.memory.kept.MAX_ENTRIES", 2)
    table = Table(feed)
    kept: Kept[str, int] = Kept(table.read, feed, Counters())
    for key in ("key", "nobody", "other"):
        await kept.find(key)

    assert [kept.recall("key"), kept.recall("other")] == [0, 0]


async def test_a_mistake_of_ours_is_nobodys_answer(feed: ChangeFeed) -> None:
    async def read(_keys: Sequence[str]) -> Mapping[str, int]:
        raise LookupError("torn")

    kept: Kept[str, int] = Kept(read, feed, Counters())
    with pytest.raises(UnavailableError, match="LookupError"):
        await kept.find("key")
