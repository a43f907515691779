"""What velocity need not look at: a network is left out only where looking would find nothing."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.tracking.bots.behaviour.clicking import START_MS, TAPPED, click
from tests.unit.tracking.bots.behaviour.counting import count_buckets
from tracking.bots.behaviour.density import BUCKET_MS, Bucket, can_speak, count_around, cut_pieces
from tracking.bots.behaviour.rules import REACH_MS
from tracking.bots.behaviour.seen import SeenClick
from tracking.bots.behaviour.velocity import find_velocity

FIRST = START_MS // BUCKET_MS

Moment = tuple[int, int, int, bool]


def make_clicks(moments: Sequence[Moment]) -> list[SeenClick]:
    return [
        click(at_ms / 1000, number=place, visitor=visitor, user_agent_id=user_agent, facts=TAPPED if is_tapped else 0)
        for place, (at_ms, visitor, user_agent, is_tapped) in enumerate(moments)
    ]


def make_flat(clicks_a_bucket: int, buckets: int = 60) -> dict[int, Bucket]:
    bucket = Bucket(clicks_a_bucket, clicks_a_bucket, 0, (1,) * 5)
    return dict.fromkeys(range(FIRST, FIRST + buckets), bucket)


@pytest.mark.feature("TR25")
class TestWhatIsLeftOut:
    @given(
        moments=st.lists(
            st.tuples(st.integers(0, 200_000), st.integers(1, 8), st.integers(1, 3), st.booleans()), max_size=60
        ),
        limits=st.tuples(st.integers(2, 12), st.integers(2, 12)),
    )
    @example(moments=[(second * 1000, 1, 1, False) for second in range(3)], limits=(3, 3))
    @example(moments=[(second * 60_000 // 11, second, 1, False) for second in range(12)], limits=(12, 12))
    def test_a_network_that_cannot_speak_has_nothing_to_find(
        self, moments: list[Moment], limits: tuple[int, int]
    ) -> None:
        clicks = make_clicks(moments)

        if find_velocity(clicks, *limits):
            assert can_speak(count_buckets(clicks), min(limits))

    def test_a_crowd_is_left_out_and_the_flood_beside_it_is_not(self) -> None:
        crowd = [(place * 100, 10 + place, place % 5, False) for place in range(1_200)]
        flood = [(place * 70, 1, 1, False) for place in range(850)]

        assert not can_speak(count_buckets(make_clicks(crowd)), 10)
        assert can_speak(count_buckets(make_clicks(crowd + flood)), 10)

    def test_few_clicks_of_few_people_are_left_out(self) -> None:
        assert not can_speak(count_buckets(make_clicks([(0, 1, 1, False), (900, 1, 1, False), (950, 2, 1, True)])), 10)


@pytest.mark.feature("TR25")
class TestPieces:
    def test_it_is_one_and_complete_unless_clicks_are_too_many(self) -> None:
        news_ms = (START_MS + 200_000, START_MS + 205_000)

        pieces = cut_pieces(make_flat(10), news_ms, 1_000)

        assert [(piece.first_ms, piece.last_ms) for piece in pieces] == [(news_ms[0] - REACH_MS, news_ms[1] + REACH_MS)]
        assert pieces[0].is_complete

    @given(clicks_a_bucket=st.integers(1, 300), length_ms=st.integers(0, 300_000))
    def test_they_cover_the_news_without_a_gap_and_none_is_too_much(self, clicks_a_bucket: int, length_ms: int) -> None:
        news_ms = (START_MS + 200_000, START_MS + 200_000 + length_ms)
        buckets = make_flat(clicks_a_bucket)

        pieces = cut_pieces(buckets, news_ms, 1_500)

        assert pieces[0].first_ms <= news_ms[0]
        assert pieces[-1].last_ms >= news_ms[1]
        assert all(after.first_ms == piece.last_ms + 1 for piece, after in pairwise(pieces))
        assert max(count_around(buckets, piece) for piece in pieces) <= 1_500

    def test_a_flood_is_looked_at_more_closely_and_takes_nothing_back(self) -> None:
        news_ms = (START_MS + 200_000, START_MS + 205_000)

        pieces = cut_pieces(make_flat(300), news_ms, 3_500)

        assert {piece.reach_ms for piece in pieces} == {30_000}
        assert not any(piece.is_complete for piece in pieces)
