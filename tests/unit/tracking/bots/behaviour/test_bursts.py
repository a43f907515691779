"""Bursts by table, and what holds whatever is clicked: order says nothing, and a person beside it is never meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tracking.bots.behaviour.clicking import HOME, SCANNER, TAPPED, click, person
from tracking.bots.behaviour.bursts import find_bursts
from tracking.bots.behaviour.seen import SeenClick
from tracking.bots.verdicts import Reason

NETWORKS = [bytes([62, number, 1]) for number in range(16)]


def find_places(clicks: list[SeenClick], links: int, burst_ms: int = 1_000) -> list[int]:
    found = find_bursts(clicks, links, burst_ms)
    return [place for place, each in enumerate(clicks) if each.click_id in found]


@pytest.mark.feature("TR25")
class TestBursts:
    @pytest.mark.parametrize(
        ("clicks", "links", "found"),
        [
            pytest.param([click(0), click(1, 2)], 2, [0, 1], id="two links within a second"),
            pytest.param([click(0), click(1.1, 2)], 2, [], id="two links, a little slower"),
            pytest.param([click(0), click(0.4, 1, number=1)], 2, [], id="one link twice: a double tap"),
            pytest.param([click(0), click(5, 2), click(10, 3)], 9, [0, 1, 2], id="three links within ten seconds"),
            pytest.param([click(0), click(5, 2), click(11, 3)], 9, [], id="three links in eleven"),
            pytest.param([click(0), click(29, 2), click(60, 3)], 3, [0, 1, 2], id="every link within a minute"),
            pytest.param([click(0), click(29, 2), click(60, 3)], 4, [], id="not every link within a minute"),
            pytest.param([click(0), click(40, 2)], 2, [], id="both of two links: people do"),
            pytest.param([click(0), click(0.5, 2), click(0.8, 3), person(30)], 3, [0, 1, 2], id="the person after it"),
            pytest.param([click(0), person(0.2, 2), click(0.5, 3)], 3, [0, 2], id="the person in the middle"),
            pytest.param([click(0), person(0.01, 1)], 3, [], id="a look at the time of the click, one link"),
            pytest.param(
                [click(0), click(0.5, 2), click(0.8, 3), click(15, 1, number=1)],
                3,
                [0, 1, 2],
                id="the same device later",
            ),
            pytest.param(
                [click(0), click(0.5, 2, facts=TAPPED)], 2, [], id="the same network and browser, one of them by hand"
            ),
            pytest.param(
                [click(0, network=NETWORKS[0]), click(0.4, 2, network=NETWORKS[1]), click(0.8, 3, network=NETWORKS[2])],
                3,
                [0, 1, 2],
                id="a network for each link",
            ),
            pytest.param(
                [click(0), click(0.3, 2), click(0.5, 1, number=1, network=HOME)],
                2,
                [0, 1],
                id="the person with the scanner's browser, in the middle",
            ),
            pytest.param(
                [
                    click(0, 1, network=NETWORKS[0]),
                    click(0.3, 2, network=NETWORKS[1]),
                    click(0.5, 1, number=1, network=HOME),
                    click(0.6, 3, network=NETWORKS[2]),
                    click(9, 3, number=1, network=HOME),
                ],
                3,
                [0, 1, 3],
                id="the same, who opens another link a little later",
            ),
            pytest.param(
                [
                    click(0),
                    click(1.7, 2),
                    click(3.2, 3),
                    click(4.5, 4),
                    click(6, 1, number=1, network=HOME),
                    click(6.4, 5),
                ],
                5,
                [0, 1, 2, 3, 5],
                id="the same beside a slow scan, which opened the person's link long before",
            ),
            pytest.param(
                [click(0), click(0.7, 2, network=HOME), click(1.9, 2, number=1)],
                2,
                [],
                id="the same with two links, where either may be the person's",
            ),
            pytest.param(
                [click(0, is_from_hosting=True), click(0.3, 2, network=HOME, user_agent_id=8, is_from_hosting=True)],
                2,
                [0, 1],
                id="two hosting networks and two browsers",
            ),
            pytest.param(
                [click(0), click(0.3, 2, network=HOME, user_agent_id=8)],
                2,
                [],
                id="two ordinary ones with two browsers",
            ),
            pytest.param([click(0), click(0.3, 2, reasons=int(Reason.PREFETCH_HEADER))], 2, [], id="a prefetch"),
        ],
    )
    def test_whose_clicks_are_a_burst(self, clicks: list[SeenClick], links: int, found: list[int]) -> None:
        assert find_places(clicks, links) == found

    def test_the_policy_says_how_fast_two_links_are_too_fast(self) -> None:
        clicks = [click(0), click(1.5, 2)]

        assert find_places(clicks, 2, burst_ms=1_500) == [0, 1]
        assert find_places(clicks, 2, burst_ms=1_499) == []

    @given(
        moments=st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 4), st.integers(0, 3)), max_size=12),
        order=st.randoms(use_true_random=False),
    )
    def test_the_order_of_arrival_says_nothing(self, moments: list[tuple[int, int, int]], order: object) -> None:
        clicks = [
            click(at_ms / 1000, link, number=place, network=NETWORKS[network])
            for place, (at_ms, link, network) in enumerate(moments)
        ]
        shuffled = list(clicks)
        order.shuffle(shuffled)  # type: ignore[attr-defined]  # R6: hypothesis gives no narrower type

        assert find_bursts(shuffled + clicks[:3], 4, 1_000) == find_bursts(clicks, 4, 1_000)

    @given(
        scan=st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 4), st.integers(0, 3)), max_size=12),
        at_ms=st.integers(-70_000, 90_000),
        link=st.integers(1, 4),
        has_own_network=st.booleans(),
    )
    def test_one_click_of_a_person_is_never_part_of_it(
        self, scan: list[tuple[int, int, int]], at_ms: int, link: int, has_own_network: bool
    ) -> None:
        clicks = [
            click(each_ms / 1000, each, number=place, network=[SCANNER, *NETWORKS][network])
            for place, (each_ms, each, network) in enumerate(scan)
        ]
        own = person(at_ms / 1000, link, number=99, network=HOME if has_own_network else SCANNER)

        with_person = find_bursts([*clicks, own], 4, 1_000)

        assert own.click_id not in with_person
        assert with_person == find_bursts(clicks, 4, 1_000)
