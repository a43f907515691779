"""What streams tell of: found once for all subscribers of an account, and told to those who want it."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
from strawberry.dataloader import DataLoader

from api.context import Context
from api.events.feeds.cursors import write_cursor
from api.events.feeds.shared_loaders import SharedLoaders
from tracking.events.outbox import EventKind
from tracking.events.queries import LoggedEvent, Place
from tracking.events.types import PAYLOAD_VERSION, STRIDES, TYPE_OF_KIND, make_event_id

Row = TypeVar("Row")
Message = TypeVar("Message")
Key: TypeAlias = tuple[str, int]  # such as ("link", 7)


class Slot(NamedTuple):
    """One id of an event that is told."""

    event: LoggedEvent
    ordinal: int

    @property
    def id(self) -> UUID:
        return self.event.ids[self.ordinal]

    @property
    def before(self) -> Place:
        return Place(self.event.position, self.ordinal, self.event.created_at)

    @property
    def after(self) -> Place:
        return Place(self.event.position, self.ordinal + STRIDES.get(self.event.kind, 1), self.event.created_at)


@dataclass(eq=False)
class Batch:
    """What was found together: its loaders are as fresh as its rows, for each kind of viewer."""

    _loaders: dict[int | None, SharedLoaders] = field(default_factory=dict)

    def loaders_for(self, context: Context) -> dict[object, DataLoader[Any, Any]]:
        """A creator's session sees less than the account: loaders leave out what `may_see` does."""
        return self._loaders.setdefault(context.viewer.creator_id, SharedLoaders())


@dataclass(frozen=True)
class Topic(Generic[Row, Message]):
    """What streams with the same cursors tell of. `make` builds the message: whether it matches the filter comes last.

    `keys_of` says what subscribers may be found by; a row has one key of each sort at most.
    """

    cursor: str
    kinds: Sequence[EventKind]
    find: Callable[[asyncpg.Pool, int, Sequence[UUID]], Awaitable[Mapping[UUID, Row]]]
    make: Callable[["Told[Row, Message]", bool], Message]
    keys_of: Callable[[Row], Sequence[Key]] = lambda _row: ()


@dataclass(eq=False)
class Told(Generic[Row, Message]):
    """An event about one row, for however many subscribers."""

    topic: Topic[Row, Message]
    slot: Slot
    row: Row
    batch: Batch
    number: int = 0  # ascends in a feed
    _messages: dict[bool, Message] = field(default_factory=dict)

    @cached_property
    def common_fields(self) -> dict[str, Any]:
        """Those of TrackedEvent, but for when it occurred."""
        event = self.slot.event
        return {
            "cursor": write_cursor(self.slot.after, self.topic.cursor),
            "type": TYPE_OF_KIND[event.kind],
            "id": make_event_id(event.logged_at, event.position, self.slot.ordinal),
            "version": PAYLOAD_VERSION,
            "sequence": event.position,
            "recorded_at": event.logged_at,
        }

    def write(self, *, matches: bool) -> Message:
        if matches not in self._messages:
            self._messages[matches] = self.topic.make(self, matches)
        return self._messages[matches]


@dataclass(frozen=True)
class Wanted(Generic[Row]):
    """What one subscriber wants. What never changes of a row decides whether it is told at all.

    An event that says of a row that it is new is told if the row `matches`; one that says that it changed is told in
    any case, so that a consumer learns that a row left its filter. With `keys`, only rows with any of them are wanted.
    """

    may_match: Callable[[Row], bool]
    matches: Callable[[Row], bool]
    keys: Collection[Key] | None = None

    def judge(self, told: Told[Row, Message]) -> Message | None:
        if not self.may_match(told.row):
            return None
        matches = self.matches(told.row)
        return told.write(matches=matches) if matches or told.slot.event.kind not in _NEWS else None


_NEWS: Final = (EventKind.CLICKS_STORED, EventKind.CONVERSIONS_RECORDED)


def list_slots(events: Sequence[LoggedEvent], place: Place) -> Iterator[Slot]:
    """What these events tell, from where the reader stands; it may stand in the middle of the first one."""
    for event in events:
        stride = STRIDES.get(event.kind, 1)
        told = place.told if place.position == event.position else 0
        for ordinal in range(told + -told % stride, len(event.ids), stride):
            yield Slot(event, ordinal)


async def find_told(
    pool: asyncpg.Pool, account_id: int, topic: Topic[Row, Message], slots: Sequence[Slot]
) -> list[Told[Row, Message]]:
    """In order, as rows are now. What is erased is left out, and so is what other topics tell of."""
    own = [slot for slot in slots if slot.event.kind in topic.kinds]
    if not own:
        return []
    rows = await topic.find(pool, account_id, list({slot.id for slot in own}))
    batch = Batch()
    return [Told(topic, slot, row, batch) for slot in own if (row := rows.get(slot.id)) is not None]
