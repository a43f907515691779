"""A visitor who does not stop is a program, a crowd behind one network is not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tracking.bots.behaviour.clicking import TAPPED, click
from tracking.bots.behaviour.seen import SeenClick
from tracking.bots.behaviour.velocity import find_velocity
from tracking.bots.verdicts import Reason


def look(clicks: list[SeenClick], bot: int = 30, suspect: int = 10) -> set[Reason]:
    found = find_velocity(clicks, bot, suspect)
    return {found.get(each.click_id, Reason(0)) for each in clicks}


def make_flood(count: int, over_s: float, **changes: Any) -> list[SeenClick]:
    return [click(place * over_s / count, number=place, **changes) for place in range(count)]


@pytest.mark.feature("TR25")
class TestVelocity:
    @pytest.mark.parametrize(
        ("count", "over_s", "found"),
        [
            (9, 5, Reason(0)),
            (10, 50, Reason.MANY_CLICKS),
            (29, 50, Reason.MANY_CLICKS),
            (30, 50, Reason.VELOCITY),
            (30, 3_000, Reason(0)),
        ],
    )
    def test_one_visitor_on_one_link(self, count: int, over_s: float, found: Reason) -> None:
        assert look(make_flood(count, over_s)) == {found}

    def test_the_window_is_a_minute_and_its_end_is_in_it(self) -> None:
        last = click(60, number=99)
        late = click(60.001, number=99)

        assert look([*make_flood(9, 9), last]) == {Reason.MANY_CLICKS}
        assert look([*make_flood(9, 9), late]) == {Reason(0)}

    def test_a_crowd_with_one_browser_in_one_network_is_people(self) -> None:
        crowd = [click(place * 0.1, number=place, visitor=place // 2, user_agent_id=place % 5) for place in range(500)]

        assert look(crowd) == {Reason(0)}

    def test_a_flood_out_of_a_crowd_is_found_and_the_crowd_left_alone(self) -> None:
        crowd = [
            click(place * 0.5, number=place + 500, visitor=place + 10, user_agent_id=place % 9) for place in range(60)
        ]
        flood = make_flood(200, 50, visitor=1, user_agent_id=3)

        found = find_velocity(crowd + flood, 30, 10)

        assert {found.get(each.click_id) for each in flood} == {Reason.VELOCITY}
        assert not any(each.click_id in found for each in crowd)

    def test_one_browser_that_goes_through_the_addresses_of_a_network_is_suspect(self) -> None:
        walk = [click(place, number=place, visitor=place) for place in range(40)]

        assert look(walk) == {Reason.MANY_CLICKS}
        assert look([each._replace(facts=TAPPED) for each in walk]) == {Reason(0)}

    def test_a_network_alone_is_at_most_suspect_and_only_where_few_click_often(self) -> None:
        few = [click(place * 0.4, number=place, visitor=place % 15, user_agent_id=place % 15) for place in range(135)]
        many = [each._replace(visitor_key=bytes([place])) for place, each in enumerate(few)]

        assert look(few) == {Reason.VELOCITY_OF_NETWORK}
        assert look(many) == {Reason(0)}

    @given(
        moments=st.lists(st.tuples(st.integers(0, 150), st.integers(0, 2)), max_size=60),
        order=st.randoms(use_true_random=False),
    )
    def test_the_order_of_arrival_says_nothing(self, moments: list[tuple[int, int]], order: object) -> None:
        clicks = [click(at_s, number=place, visitor=visitor) for place, (at_s, visitor) in enumerate(moments)]
        shuffled = list(clicks)
        order.shuffle(shuffled)  # type: ignore[attr-defined]  # R6: hypothesis gives no narrower type

        assert find_velocity(shuffled, 8, 4) == find_velocity(clicks, 8, 4)
