"""Gateways beside crowds, what follows a honeypot, and what comes too soon."""

import datetime as dt
from typing import Any

import pytest

from tests.unit.tracking.bots.behaviour.clicking import HOME, START_MS, TAPPED, click, person
from tracking.bots.behaviour.networks import find_contact_bursts, find_near_honeypots
from tracking.bots.behaviour.rules import Delivered, is_too_soon
from tracking.bots.behaviour.seen import SeenClick
from tracking.bots.policies.rules import DEFAULT_POLICY, Policy
from tracking.bots.verdicts import Reason
from tracking.messages.models import Channel

ALIKE, ACROSS, NOTHING = Reason.BURST_ACROSS_CONTACTS_ALIKE, Reason.BURST_ACROSS_CONTACTS, Reason(0)


def open_links(*user_agents: int, every_s: float = 3, **changes: Any) -> list[SeenClick]:
    """One contact after the other, each with the browser given."""
    return [
        click(place * every_s, place, contact_id=place, user_agent_id=user_agent, **changes)
        for place, user_agent in enumerate(user_agents)
    ]


def look(clicks: list[SeenClick]) -> list[Reason]:
    found = find_contact_bursts(clicks)
    return [found.get(each.click_id, NOTHING) for each in clicks]


@pytest.mark.feature("TR25")
class TestNetworks:
    def test_five_contacts_by_one_silent_browser_are_a_gateways(self) -> None:
        assert look(open_links(*[1] * 5, every_s=2)) == [ALIKE] * 5

    def test_three_contacts_by_one_browser_with_nobody_else_around_are_suspect(self) -> None:
        assert look(open_links(1, 1, 1)) == [ACROSS] * 3
        assert look([*open_links(1, 1, 1), click(50, 9, user_agent_id=2, contact_id=9)]) == [NOTHING] * 4

    def test_a_browser_that_says_it_was_tapped_is_at_most_suspect(self) -> None:
        assert look(open_links(*[1] * 5, every_s=2, facts=TAPPED)) == [ACROSS] * 5

    def test_two_browsers_are_suspect_and_three_are_a_crowd(self) -> None:
        assert look(open_links(1, 2, 1, 2, 1, every_s=2)) == [ACROSS] * 5
        assert look(open_links(1, 2, 3, 2, 1, every_s=2)) == [NOTHING] * 5

    def test_a_hosting_network_needs_no_sameness(self) -> None:
        assert look(open_links(1, 2, 1, is_from_hosting=True)) == [ALIKE] * 3
        assert look(open_links(1, 2, 3, is_from_hosting=True)) == [NOTHING] * 3

    def test_a_crowd_around_speaks_for_those_who_are_alike_by_chance(self) -> None:
        around = open_links(1, 2, 3, 4, 5, 6, every_s=9)
        three = [click(20 + place, place, number=3, contact_id=50 + place) for place in range(3)]

        assert look([*around, *three])[6:] == [NOTHING] * 3

    def test_two_contacts_or_eleven_seconds_are_nothing(self) -> None:
        assert look(open_links(1, 1)) == [NOTHING] * 2
        assert look(open_links(1, 1, 1, every_s=5.1)) == [NOTHING] * 3
        assert look(open_links(1, 1, 1, every_s=5)) == [ACROSS] * 3

    def test_what_the_same_device_opened_within_a_minute_of_a_honeypot(self) -> None:
        trap = click(100, link=66)
        near, far = click(40, 1), click(160.001, 2)
        others = [person(101, 1), click(102, 3, network=HOME), click(103, 4, message_id=6)]

        assert find_near_honeypots([trap, near, far, *others], {66}) == {near.click_id}

    @pytest.mark.parametrize(
        ("channel", "after_s", "own_s", "is_soon"),
        [
            (Channel.EMAIL, 5, None, True),
            (Channel.EMAIL, 5.001, None, False),
            (Channel.EMAIL, -0.001, None, False),
            (Channel.BROADCAST_SMS, 2, None, True),
            (Channel.BROADCAST_SMS, 3, None, False),
            (Channel.OPEN_WEBPAGE, 0, None, False),
            (Channel.SOCIAL, 1, 30.0, True),
            (Channel.EMAIL, 4, 3.0, False),
        ],
    )
    def test_too_soon_after_a_delivery(
        self, channel: Channel, after_s: float, own_s: float | None, is_soon: bool
    ) -> None:
        delivered = Delivered(dt.datetime.fromtimestamp(START_MS / 1000, dt.UTC), channel)
        policy = DEFAULT_POLICY if own_s is None else Policy(soon_after_delivery_s=own_s)

        assert is_too_soon(click(after_s), delivered, policy) is is_soon
