"""From the commit of a click to each receipt of it; and whether each subscriber was told of all that it asked for."""

import base64
import datetime as dt
import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

import asyncpg

from bench.account import BenchLink
from bench.events.plan import WHOLE, Received
from bench.programs import BenchError
from tracking.events.outbox import EventKind

# The server keeps when each transaction committed. A click whose row was written again since has lost that moment.
_CLICKS: Final = f"""
    SELECT click.id, click.link_id, click.changed_at IS NULL AS is_as_stored,
        pg_xact_commit_timestamp(click.xmin) AS stored_at, pg_xact_commit_timestamp(logged.xmin) AS logged_at
    FROM (SELECT xmin, unnest(ids) AS click_id FROM event_log WHERE kind = {EventKind.CLICKS_STORED}) AS logged
    JOIN click ON click.id = logged.click_id
"""


class Stored(NamedTuple):
    link_id: int
    stored_at_s: float | None
    logged_at_s: float


class Receipt(NamedTuple):
    """Moments in seconds since the epoch."""

    is_whole: bool
    stored_at_s: float
    logged_at_s: float
    received_at_s: float

    @property
    def since_stored_ms(self) -> float:
        return (self.received_at_s - self.stored_at_s) * 1000

    @property
    def since_logged_ms(self) -> float:
        return (self.received_at_s - self.logged_at_s) * 1000


@dataclass(frozen=True)
class Told:
    """Receipts in the order of time; and how many there should have been more, and how many were repeats."""

    receipts: Sequence[Receipt]
    missing: int
    repeated: int
    clicks: int


class Window(NamedTuple):
    """A stretch of the run, in seconds since the epoch."""

    start_s: float
    end_s: float

    def choose(self, receipts: Iterable[Receipt]) -> list[Receipt]:
        """What was stored in it, whenever it was received."""
        return [each for each in receipts if self.covers(each.stored_at_s)]

    def covers(self, moment_s: float) -> bool:
        return self.start_s <= moment_s < self.end_s


class Spread(NamedTuple):
    p50: float
    p99: float
    longest: float


def spread(values: Iterable[float]) -> Spread:
    """Of nothing: endless, for what never came was not in time."""
    ordered = sorted(values)
    if not ordered:
        return Spread(math.inf, math.inf, math.inf)
    return Spread(median(ordered), ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)], ordered[-1])


def spread_of(receipts: Iterable[Receipt], measure: Callable[[Receipt], float]) -> Spread:
    return spread(map(measure, receipts))


async def read_clicks(database_url: str) -> dict[str, Stored]:
    """Every click that the log told of, by its id in the graph."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(_CLICKS)
    finally:
        await connection.close()
    return {
        str(row["id"]): Stored(
            row["link_id"], _to_s(row["stored_at"]) if row["is_as_stored"] else None, _to_s(row["logged_at"])
        )
        for row in rows
    }


def compare(received: Received, clicks: dict[str, Stored], links: Sequence[BenchLink]) -> Told:
    """Raises BenchError when somebody was told of what is not in the log, or of another's link."""
    times, subscribers, places = array("q"), array("i"), array("i")
    for numbers, octets in ((times, received.times_us), (subscribers, received.subscribers), (places, received.clicks)):
        numbers.frombytes(octets)
    stored_at = [clicks.get(_read_id(each)) for each in received.click_ids]
    subscriber_of = {link.link_id: number for number, link in enumerate(links)}
    receipts, seen = [], set()
    for at_us, number, place in zip(times, subscribers, places, strict=True):
        stored = stored_at[place]
        is_whole = number >= len(links)
        if stored is None or not (is_whole or subscriber_of.get(stored.link_id) == number):
            raise BenchError(f"subscriber {number} was told of {received.click_ids[place]}, which is not for it")
        seen.add((number, place))
        if stored.stored_at_s is not None:
            receipts.append(Receipt(is_whole, stored.stored_at_s, stored.logged_at_s, at_us / 1e6))
    expected = sum(WHOLE + (each.link_id in subscriber_of) for each in clicks.values())
    return Told(receipts, expected - len(seen), len(times) - len(seen), len(clicks))


def _read_id(graph_id: str) -> str:
    """The key in an id of the graph."""
    return base64.urlsafe_b64decode(graph_id + "=" * (-len(graph_id) % 4)).decode().partition(":")[2]


def _to_s(moment: dt.datetime) -> float:
    return moment.timestamp()
