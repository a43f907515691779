"""What corrections take and how they keep it."""

import datetime as dt
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.bots.corrections.rules import (
    WantedClicks,
    check_networks,
    check_period,
    check_restricted,
    check_ruleset,
    check_texts,
    decode_wanted,
    describe_filter,
    encode_wanted,
)
from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import ClickFilter
from tracking.errors import InvalidInputError
from tracking.paging import Conditions

MAY = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)

pytestmark = pytest.mark.feature("TR25")

v4_networks = st.builds(
    lambda address, bits: ipaddress.ip_network((address, bits), strict=False),
    st.ip_addresses(v=4),
    st.integers(0, 24),
)
v6_networks = st.builds(
    lambda address, bits: ipaddress.ip_network((address, bits), strict=False),
    st.ip_addresses(v=6),
    st.integers(0, 48),
)


@pytest.mark.feature("R10")
class TestNetworks:
    @given(st.lists(st.one_of(v4_networks, v6_networks), max_size=5, unique=True))
    def test_any_network_that_is_wide_enough_is_taken_as_it_is(
        self, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]
    ) -> None:
        assert check_networks([f" {network} " for network in networks]) == tuple(map(str, networks))

    @given(st.text(max_size=40))
    def test_any_text_is_a_network_or_refused(self, text: str) -> None:
        try:
            [network] = check_networks([text])
        except InvalidInputError:
            return
        assert str(ipaddress.ip_network(network)) == network

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("203.0.113.7", "of an address no more than its /24 is stored: give 203.0.113.0/24, or a wider one"),
            ("2001:db8::/64", "of an address no more than its /48 is stored: give 2001:db8::/48, or a wider one"),
            ("203.0.113.7/24", "203.0.113.7/24 begins before this address: give 203.0.113.0/24"),
            ("", "'' is no network: give one such as 203.0.113.0/24"),
        ],
    )
    def test_a_refusal_says_what_would_be_right(self, text: str, message: str) -> None:
        with pytest.raises(InvalidInputError) as refused:
            check_networks([text])
        assert refused.value.message == message

    def test_there_is_room_for_a_hundred(self) -> None:
        many = [f"10.0.{number}.0/24" for number in range(101)]

        assert len(check_networks(many[:100])) == 100
        with pytest.raises(InvalidInputError, match="101 networks: give at most 100"):
            check_networks(many)

    def test_a_network_is_looked_for_by_what_is_stored_of_addresses_in_it(self) -> None:
        conditions = Conditions()

        WantedClicks(networks=("10.1.0.0/16", "2001:db8::/32")).add_conditions(conditions)

        assert conditions.where == (
            "((octet_length(network) = 3 AND network BETWEEN $1 AND $2)"
            " OR (octet_length(network) = 6 AND network BETWEEN $3 AND $4))"
        )
        assert conditions.parameters == [
            bytes([10, 1, 0]),
            bytes([10, 1, 255]),
            bytes.fromhex("20010db80000"),
            bytes.fromhex("20010db8ffff"),
        ]

    def test_none_of_a_list_of_none_is_meant(self) -> None:
        conditions = Conditions()

        WantedClicks(networks=()).add_conditions(conditions)

        assert conditions.where == "(false)"


class TestWanted:
    def test_it_is_kept_as_it_was(self) -> None:
        wanted = WantedClicks(
            ClickFilter([1], verdicts=[Verdict.BOT], networks=[b"\0\1\2"], occurred_from=MAY), ("10.0.0.0/8",)
        )

        assert decode_wanted(encode_wanted(wanted)) == wanted

    def test_everything_there_is_was_never_meant(self) -> None:
        restricted = WantedClicks(ClickFilter(is_counted=False))

        assert check_restricted(restricted) == restricted
        with pytest.raises(InvalidInputError, match="an empty filter would mean all of them"):
            check_restricted(WantedClicks())

    def test_history_has_it_by_the_names_of_the_graph(self) -> None:
        assert describe_filter(ClickFilter([1], is_counted=True)) == {"linkIds": [1], "isCounted": True}

    @pytest.mark.parametrize("text", ["\0", "\ud800", "x" * 513])
    def test_what_cannot_be_noted_is_refused(self, text: str) -> None:
        for wanted in (ClickFilter(user_agent_contains=text), ClickFilter(in_app_browsers=[text])):
            with pytest.raises(InvalidInputError) as refused:
                check_texts(wanted)
            assert refused.value.path[0] == "filter"


class TestPeriodAndRuleset:
    def test_a_period_begins_before_it_ends_and_both_are_moments(self) -> None:
        later = MAY + dt.timedelta(days=1)

        assert check_period(MAY, later) == (MAY, later)
        for start, end in ((later, MAY), (MAY, MAY), (MAY.replace(tzinfo=None), later)):
            with pytest.raises(InvalidInputError) as refused:
                check_period(start, end)
            assert refused.value.path == ("range",)

    def test_only_a_ruleset_that_there_is_can_judge(self) -> None:
        assert [check_ruleset(number) for number in (1, 2)] == [1, 2]
        with pytest.raises(InvalidInputError, match="there is no ruleset 3: give one of 1, 2"):
            check_ruleset(3)
