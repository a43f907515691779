import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tracking.events.outbox import EventKind
from tracking.events.types import TYPE_OF_KIND, EventType, make_event_id

AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PLACES = st.tuples(st.integers(0, 2**40), st.integers(0, 2**20))


class TestEventIds:
    def test_an_event_has_the_same_id_whenever_it_is_told(self) -> None:
        assert make_event_id(AT, 17, 3) == make_event_id(AT, 17, 3) == "evt_agoksrikaaaaaaaaaaiqaaad"

    @given(PLACES, PLACES)
    def test_no_other_event_has_it(self, place: tuple[int, int], other: tuple[int, int]) -> None:
        assert (make_event_id(AT, *place) == make_event_id(AT, *other)) == (place == other)

    def test_a_position_that_is_given_out_again_makes_another_one(self) -> None:
        assert make_event_id(AT, 17, 3) != make_event_id(AT + dt.timedelta(milliseconds=1), 17, 3)


def test_every_type_is_told_of_some_kind_of_row() -> None:
    assert set(TYPE_OF_KIND.values()) == set(EventType)
    assert set(EventKind) - set(TYPE_OF_KIND) == {EventKind.DELIVERIES_RECORDED}
