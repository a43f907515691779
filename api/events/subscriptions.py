"""Streams of an account's event log, for subscriptions: from any place in it, in order, at the reader's own pace.

What is old a stream reads in the log by itself; then it takes a seat in the account's feed, and goes back to the log
when it lost it.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

from graphql import GraphQLError

from api.context import Context
from api.events.feeds.account_feeds import EVENTS_A_READ, AccountFeed, Seat, wait_for_news
from api.events.feeds.cursors import Missed, Start, find_start, resume, tell_gap, write_cursor
from api.events.feeds.topics import Told, Topic, Wanted, find_told, list_slots
from api.events.types import EventGap, GapReason, StreamCheckpoint, StreamReady, StreamStart
from tracking.clock import uptime_s
from tracking.database import TRANSIENT_ERRORS
from tracking.events.queries import Place, read_page

IDS_AT_ONCE: Final = 100  # that a stream holds while it reads by itself
SKIPPED_IDS: Final = 10_000  # without one that is wanted, before a checkpoint
CHECKPOINT_EVERY_S: Final = 30.0  # at most
RETRY_S: Final = 1.0

Row = TypeVar("Row")
Message = TypeVar("Message")
Ours: TypeAlias = StreamReady | StreamCheckpoint | EventGap


class _Piece(NamedTuple):
    """Of the log. Whoever told it stands at `end`."""

    gap: EventGap | None
    told: list[Told[Any, Any]]
    looked_at: int
    end: Place
    is_last: bool


def find_quiet_s(chance: float) -> float:
    """How long a stream has nothing to tell before its checkpoint. `chance` is between 0 and 1.

    Streams that were opened together, as all are after a restart, would else be due together, and hold up what is new.
    """
    return CHECKPOINT_EVERY_S * (1 + chance) / 2


async def stream_events(
    context: Context, start: StreamStart | None, topic: Topic[Row, Message], wanted: Wanted[Row]
) -> AsyncGenerator[Message | Ours, None]:
    """Tell what there is, say once that it is all, then what is new; until it is closed."""
    kept = timedelta(days=context.settings.event_retention_days)
    found = await find_start(context.pool, start, topic.cursor, kept)
    async with aclosing(_Stream(context, topic, wanted, found.place).tell(found)) as messages:
        async for message in messages:
            yield message
            if context.has_failed:
                raise GraphQLError(
                    "The last event could not be told. Resume after the one before it.",
                    extensions={"code": "INTERNAL_ERROR"},
                )
            await asyncio.sleep(0)  # a stream that has much to tell may wait for nothing, and nobody else be answered


class _Stream(Generic[Row, Message]):
    """All up to `place` is told."""

    def __init__(self, context: Context, topic: Topic[Row, Message], wanted: Wanted[Row], place: Place) -> None:
        self.place = place
        self._context = context
        self._topic = topic
        self._wanted = wanted
        self._woken = asyncio.Event()
        self._put_off_checkpoint()

    async def tell(self, found: Start) -> AsyncGenerator[Message | Ours, None]:
        if found.missed is not None:
            yield tell_gap(found.missed, found.place, self._topic.cursor)
        is_ready = False
        while True:
            async for message in self._tell_log():
                yield message
            seat = Seat(self._topic, self._wanted, self._woken)
            with self._context.feeds.seated(self._context.account_id, seat) as feed:
                began_at = await seat.began_at
                if began_at is None:
                    await asyncio.sleep(RETRY_S)
                    continue
                async for message in self._tell_log(began_at):
                    yield message
                if not is_ready:
                    is_ready = True
                    yield StreamReady(cursor=self._cursor)
                async for message in self._follow(feed, seat):
                    yield message
            gap = await self._patiently_check()
            if gap is not None:
                yield gap

    @property
    def _cursor(self) -> str:
        return write_cursor(self.place, self._topic.cursor)

    async def _tell_log(self, until: Place | None = None) -> AsyncGenerator[Message | Ours, None]:
        """What the log has, up to its end."""
        skipped = 0
        while until is None or self.place < until:
            piece = await self._read_patiently(until)
            if piece.gap is not None:
                yield piece.gap
            for told in piece.told:
                message = self._wanted.judge(told)
                if message is not None:
                    skipped = 0
                    yield self._hand_over(told, message)
            self.place = max(self.place, piece.end)
            skipped += piece.looked_at
            if skipped >= SKIPPED_IDS:
                skipped = 0
                yield StreamCheckpoint(cursor=self._cursor)
            if piece.is_last:
                return

    def _hand_over(self, told: Told[Row, Message], message: Message) -> Message:
        """What the selection of fields loads for it is as fresh as the rows that were found with it."""
        self._context.loaders = told.batch.loaders_for(self._context)
        self.place = told.slot.after
        self._put_off_checkpoint()
        return message

    def _put_off_checkpoint(self) -> None:
        chance = random.random()  # noqa: S311 -- chance, not a secret
        self._checkpoint_at_s = uptime_s() + find_quiet_s(chance)

    async def _follow(self, feed: AccountFeed, seat: Seat) -> AsyncGenerator[Message | Ours, None]:
        """What the feed tells, until the seat is lost."""
        while True:
            self._woken.clear()
            while seat.queue:
                told, message = seat.queue.popleft()
                if told.slot.before >= self.place:
                    yield self._hand_over(told, message)
                del told, message  # who waits holds nothing
            self._context.loaders = {}
            if seat.lost_at is not None:
                self.place = max(self.place, seat.lost_at)
                return
            patience_s = self._checkpoint_at_s - uptime_s()
            if patience_s <= 0:
                self._put_off_checkpoint()
                if feed.place is not None and feed.place > self.place:
                    self.place = feed.place
                    yield StreamCheckpoint(cursor=self._cursor)
            else:
                await wait_for_news(self._woken, patience_s)

    async def _read_patiently(self, until: Place | None) -> _Piece:
        """While the database is away, wait; afterwards it may be another one."""
        gap: EventGap | None = None
        was_interrupted = False
        while True:
            try:
                if was_interrupted and gap is None:
                    gap = await self._check()
                return await self._read(until, gap)
            except TRANSIENT_ERRORS:
                was_interrupted = True
                await asyncio.sleep(RETRY_S)

    async def _read(self, until: Place | None, gap: EventGap | None) -> _Piece:
        account_id, pool = self._context.account_id, self._context.pool
        page = await read_page(pool, account_id, self._topic.kinds, self.place, EVENTS_A_READ)
        if page.lost_until is not None:
            gap = tell_gap(Missed(self.place.at, GapReason.SLOW_CONSUMER), page.lost_until, self._topic.cursor)
        slots = list(list_slots(page.events, self.place))
        end = page.end
        if until is not None and until < end:
            slots = [slot for slot in slots if slot.before < until]
            end = until
        some = slots[:IDS_AT_ONCE]
        if len(some) < len(slots):
            return _Piece(gap, await find_told(pool, account_id, self._topic, some), len(some), some[-1].after, False)
        return _Piece(gap, await find_told(pool, account_id, self._topic, some), len(some), end, page.is_last)

    async def _patiently_check(self) -> EventGap | None:
        while True:
            try:
                return await self._check()
            except TRANSIENT_ERRORS:
                await asyncio.sleep(RETRY_S)

    async def _check(self) -> EventGap | None:
        """Whether the log still goes on from where we stand; where not, go to where it does."""
        found = await resume(self._context.pool, self.place, GapReason.SLOW_CONSUMER)
        self.place = found.place
        return None if found.missed is None else tell_gap(found.missed, found.place, self._topic.cursor)
