"""One reader of the log for each account: finds rows once, and hands them to the subscribers that want them (ADR 0026).

What it holds is bounded by count: a subscriber that is too far behind loses its seat and reads the log itself.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import asyncpg
import structlog

from api.events.feeds.topics import Key, Slot, Told, Topic, Wanted, find_told, list_slots
from tracking.database import TRANSIENT_ERRORS
from tracking.events.outbox import CLICK_KINDS, CONVERSION_KINDS
from tracking.events.queries import LogPage, Place, find_last_place, is_known, read_page
from tracking.events.wakeups import EventWakeups

LOOK_AGAIN_S: Final = 1.0  # also without being woken, for Redis may be away
EVENTS_A_READ: Final = 100
IDS_A_READ: Final = 200
HELD_FOR_THE_SLOW: Final = 10_000  # of what a feed told, the last so many; some 15 MB
MANY: Final = 100  # subscribers
_KINDS: Final = (*CLICK_KINDS, *CONVERSION_KINDS)
_log = structlog.get_logger("events")


class Seat:
    """A subscriber's place in a feed: what it is told next. `woken` is set for each, and when the seat is lost."""

    def __init__(self, topic: Topic[Any, Any], wanted: Wanted[Any], woken: asyncio.Event) -> None:
        self.topic = topic
        self.wanted = wanted
        self.woken = woken
        self.queue: deque[tuple[Told[Any, Any], Any]] = deque()  # each with its message
        # Null when the feed ended before.
        self.began_at: asyncio.Future[Place | None] = asyncio.get_running_loop().create_future()
        self.lost_at: Place | None = None  # where to go on, in the log

    def offer(self, told: Told[Any, Any]) -> bool:
        """True when it is wanted, and held until the subscriber takes it."""
        message = self.wanted.judge(told)
        if message is None:
            return False
        self.queue.append((told, message))
        self.woken.set()
        return True

    def lose(self, place: Place) -> None:
        self.lost_at = self.queue[0][0].slot.before if self.queue else place
        self.queue.clear()
        self.woken.set()


class _Seats:
    """Of one topic, by the keys that subscribers ask for: a row costs nothing to those who ask for others."""

    def __init__(self, topic: Topic[Any, Any]) -> None:
        self.topic = topic
        self._of_all: set[Seat] = set()
        self._by_key: dict[Key, set[Seat]] = {}

    def add(self, seat: Seat) -> None:
        for seats in self._find_sets(seat):
            seats.add(seat)

    def discard(self, seat: Seat) -> None:
        for seats in self._find_sets(seat):
            seats.discard(seat)
        for key in seat.wanted.keys or ():
            if not self._by_key[key]:
                del self._by_key[key]

    def find(self, row: Any) -> Iterable[Seat]:
        yield from self._of_all
        if self._by_key:
            for key in self.topic.keys_of(row):
                yield from self._by_key.get(key, ())

    def _find_sets(self, seat: Seat) -> list[set[Seat]]:
        keys = seat.wanted.keys
        return [self._of_all] if keys is None else [self._by_key.setdefault(key, set()) for key in keys]


class AccountFeed:
    def __init__(self, pool: asyncpg.Pool, wakeups: EventWakeups, account_id: int) -> None:
        self.place: Place | None = None
        self._pool = pool
        self._wakeups = wakeups
        self._account_id = account_id
        self._woken = asyncio.Event()
        self._waiting: list[Seat] = []
        self._seats: dict[str, _Seats] = {}
        self._seated: set[Seat] = set()
        self._told = 0

    @property
    def is_empty(self) -> bool:
        return not self._seated and not self._waiting

    def take_seat(self, seat: Seat) -> None:
        """It begins between two reads; `began_at` says where."""
        self._waiting.append(seat)
        self._woken.set()

    def leave(self, seat: Seat) -> None:
        if seat in self._waiting:
            self._waiting.remove(seat)
        if seat in self._seated:
            self._seated.remove(seat)
            self._seats[seat.topic.cursor].discard(seat)

    def end(self) -> None:
        """Who still sits here goes on by itself."""
        self._admit(None)
        if self.place is not None:
            self._unseat(self._seated, self.place)

    async def run(self) -> None:
        """Until cancelled. While the database is away, everybody waits."""
        was_interrupted = False
        with self._wakeups.listen(self._account_id, self._woken):
            while True:
                self._woken.clear()
                try:
                    if was_interrupted and self.place and not await is_known(self._pool, self.place):
                        await self._begin_anew()  # a backup was restored meanwhile
                    was_interrupted = False
                    is_last = await self._read_on()
                except TRANSIENT_ERRORS as error:
                    was_interrupted = True
                    _log.warning("feed_interrupted", reason=type(error).__name__)
                    await asyncio.sleep(LOOK_AGAIN_S)
                else:
                    if is_last:
                        await wait_for_news(self._woken, LOOK_AGAIN_S)

    async def _read_on(self) -> bool:
        if self.place is None:
            self.place = await find_last_place(self._pool)
        self._admit(self.place)
        page = await read_page(self._pool, self._account_id, _KINDS, self.place, EVENTS_A_READ)
        if page.lost_until is not None:
            await self._begin_anew()
        else:
            await self._tell(page, self.place)
        return page.is_last

    def _admit(self, place: Place | None) -> None:
        for seat in self._waiting:
            if seat.began_at.done():
                continue  # cancelled, and about to leave
            if place is not None:
                self._seated.add(seat)
                self._seats.setdefault(seat.topic.cursor, _Seats(seat.topic)).add(seat)
            seat.began_at.set_result(place)
        self._waiting.clear()

    async def _begin_anew(self) -> None:
        """Where a subscriber stood, the log does not go on: each finds out by itself what it misses."""
        if self.place is not None:
            self._unseat(self._seated, self.place)
        self.place = await find_last_place(self._pool)

    async def _tell(self, page: LogPage, place: Place) -> None:
        every = list(list_slots(page.events, place))
        for first in range(0, len(every), IDS_A_READ):
            slots = every[first : first + IDS_A_READ]
            for told in await self._find(slots):
                takers = self._offer(told)
                self.place = told.slot.after
                if takers >= MANY:
                    await asyncio.sleep(0)  # others are served meanwhile
            self.place = slots[-1].after
        self.place = page.end

    async def _find(self, slots: Sequence[Slot]) -> list[Told[Any, Any]]:
        topics = {seat.topic.cursor: seat.topic for seat in self._seated}
        found = [
            told for topic in topics.values() for told in await find_told(self._pool, self._account_id, topic, slots)
        ]
        return sorted(found, key=lambda told: told.slot.before) if len(topics) > 1 else found

    def _offer(self, told: Told[Any, Any]) -> int:
        """How many want it."""
        told.number = self._told
        takers = [seat for seat in self._seats[told.topic.cursor].find(told.row) if seat.offer(told)]
        if takers:
            self._told += 1
            if self._told % (HELD_FOR_THE_SLOW // 10) == 0:
                oldest = self._told - HELD_FOR_THE_SLOW
                slow = [seat for seat in self._seated if seat.queue and seat.queue[0][0].number < oldest]
                self._unseat(slow, told.slot.after)
        return len(takers)

    def _unseat(self, seats: Collection[Seat], place: Place) -> None:
        for seat in list(seats):
            self.leave(seat)
            seat.lose(place)


class Feeds:
    """Of all accounts that somebody listens to in this process."""

    def __init__(self, pool: asyncpg.Pool, wakeups: EventWakeups) -> None:
        self._pool = pool
        self._wakeups = wakeups
        self._open: dict[int, tuple[AccountFeed, asyncio.Task[None]]] = {}

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def seated(self, account_id: int, seat: Seat) -> Iterator[AccountFeed]:
        """The account's feed begins with its first subscriber and ends with its last."""
        if account_id not in self._open:
            feed = AccountFeed(self._pool, self._wakeups, account_id)
            self._open[account_id] = (feed, asyncio.create_task(self._run(feed, account_id)))
        feed, task = self._open[account_id]
        feed.take_seat(seat)
        try:
            yield feed
        finally:
            feed.leave(seat)
            if feed.is_empty:
                task.cancel()
                self._forget(feed, account_id)

    async def _run(self, feed: AccountFeed, account_id: int) -> None:
        try:
            await feed.run()
        except Exception:  # noqa: BLE001 -- whatever it is, its subscribers are told, and who comes next starts anew
            _log.exception("feed_failed")
        finally:
            self._forget(feed, account_id)
            feed.end()

    def _forget(self, feed: AccountFeed, account_id: int) -> None:
        if account_id in self._open and self._open[account_id][0] is feed:
            del self._open[account_id]

    async def close(self) -> None:
        tasks = [task for _, task in self._open.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def wait_for_news(woken: asyncio.Event, longest_s: float) -> None:
    try:
        async with asyncio.timeout(longest_s):
            await woken.wait()
    except TimeoutError:
        return
