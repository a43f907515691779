import time

import pytest

from redirector.recording.ring import KEPT_S, MAX_RECORDS, SYNCED_S, Ring


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def read(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.read)
    return clock


@pytest.fixture
def ring(clock: Clock) -> Ring:
    return Ring()


def test_it_keeps_what_is_five_seconds_old_and_nothing_older(ring: Ring, clock: Clock) -> None:
    ring.add([b"a"])
    clock.now_s += KEPT_S
    ring.add([b"b"])
    assert ring.read() == [b"a", b"b"]
    clock.now_s += 0.1
    ring.add([b"c"])
    assert ring.read() == [b"b", b"c"]


def test_it_keeps_no_more_than_there_is_memory_for(ring: Ring) -> None:
    ring.add([b"a"])
    ring.add([b"b"] * MAX_RECORDS)
    assert ring.read() == [b"b"] * MAX_RECORDS
    ring.add([b"c"] * (MAX_RECORDS + 1))
    assert ring.read() == []


def test_where_nobody_clicks_the_last_clicks_are_forgotten_all_the_same(ring: Ring, clock: Clock) -> None:
    ring.add([b"a"])
    clock.now_s += SYNCED_S
    ring.drop_synced()
    assert ring.read() == [b"a"]
    clock.now_s += 0.1
    ring.drop_synced()
    assert ring.read() == []


def test_the_oldest_come_in_whole_batches(ring: Ring) -> None:
    for batch in ([b"a", b"b"], [b"c"], [b"d"]):
        ring.add(batch)
    assert [batch.records for batch in ring.read_oldest(3)] == [[b"a", b"b"], [b"c"]]
    assert [batch.records for batch in ring.read_oldest(1)] == [[b"a", b"b"]]
    assert [batch.records for batch in ring.read_oldest(9)] == [[b"a", b"b"], [b"c"], [b"d"]]


def test_what_is_dropped_twice_takes_nothing_else_along(ring: Ring, clock: Clock) -> None:
    ring.add([b"a"])
    oldest = ring.read_oldest(1)
    clock.now_s += KEPT_S + 1
    ring.add([b"b"])  # which drops the first
    ring.drop(oldest)
    assert ring.read() == [b"b"]
    ring.add([b"c"])
    ring.drop(ring.read_oldest(1))
    assert ring.read() == [b"c"]
