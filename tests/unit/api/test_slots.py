"""What of a page of the log a stream tells, from wherever it stands."""

import datetime as dt
from uuid import UUID

import pytest

from api.events.feeds.topics import list_slots
from tracking.events.outbox import EventKind
from tracking.events.queries import ALL_OF_IT, LoggedEvent, Place

pytestmark = pytest.mark.feature("R13")

AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def make_event(kind: EventKind) -> LoggedEvent:
    return LoggedEvent(5, kind, [UUID(int=number) for number in range(6)], AT, AT)


@pytest.mark.parametrize(
    ("kind", "told", "ordinals"),
    [
        (EventKind.CLICKS_STORED, 0, [0, 1, 2, 3, 4, 5]),
        (EventKind.CLICKS_STORED, 5, [5]),
        (EventKind.UNIQUES_MOVED, 0, [0, 2, 4]),
        (EventKind.UNIQUES_MOVED, 2, [2, 4]),
        (EventKind.UNIQUES_MOVED, 3, [4]),  # as a forged cursor says: of a pair the first is told or none
        (EventKind.CLICKS_STORED, ALL_OF_IT, []),
    ],
)
def test_what_was_told_of_an_event_is_left_out(kind: EventKind, told: int, ordinals: list[int]) -> None:
    assert [slot.ordinal for slot in list_slots([make_event(kind)], Place(5, told, AT))] == ordinals


def test_what_was_told_of_another_event_leaves_nothing_out() -> None:
    assert len(list(list_slots([make_event(EventKind.CLICKS_STORED)], Place(4, 3, AT)))) == 6


@pytest.mark.parametrize("kind", [EventKind.CLICKS_STORED, EventKind.UNIQUES_MOVED])
def test_after_a_slot_stands_the_next_one(kind: EventKind) -> None:
    event = make_event(kind)
    first, *others = list_slots([event], Place(0, 0, AT))

    assert list(list_slots([event], first.after)) == others
