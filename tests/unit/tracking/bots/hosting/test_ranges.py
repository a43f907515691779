"""Finding the network that an address is in."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.bots.hosting.networks import Network, pack_address, read_network
from tracking.bots.hosting.ranges import NOBODY, Ranges

pytestmark = pytest.mark.feature("TR25")


def find(ranges: Ranges, address: str) -> int:
    packed = pack_address(address)
    assert packed is not None
    return ranges.find(packed)


def own(*owners: str) -> Ranges:
    return Ranges([[read_network(text) for text in owner.split()] for owner in owners])


class TestRanges:
    def test_first_and_last_address_are_inside_and_their_neighbours_are_not(self) -> None:
        ranges = own("192.0.2.0/24", "2001:db8::/32")

        assert [find(ranges, each) for each in ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0")] == [
            NOBODY,
            0,
            0,
            NOBODY,
        ]
        assert [
            find(ranges, each)
            for each in (
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db8::",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db9::",
            )
        ] == [NOBODY, 1, 1, NOBODY]

    def test_the_narrowest_wins_and_the_wider_goes_on_behind_it(self) -> None:
        ranges = own("10.0.0.0/8", "10.1.0.0/16 10.255.255.255", "10.1.2.0/24")

        addresses = ["10.0.9.9", "10.1.1.255", "10.1.2.3", "10.1.3.0", "10.2.0.0", "10.255.255.254", "10.255.255.255"]
        assert [find(ranges, each) for each in addresses] == [0, 1, 2, 1, 0, 0, 1]
        assert find(ranges, "11.0.0.0") == NOBODY

    def test_of_two_owners_of_one_network_the_first_has_it(self) -> None:
        assert find(own("10.0.0.0/8", "10.0.0.0/8"), "10.0.0.1") == 0

    def test_the_last_address_of_all_is_found(self) -> None:
        ranges = own("255.0.0.0/8 ffff::/16")

        assert find(ranges, "255.255.255.255") == 0
        assert find(ranges, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == 0

    def test_nothing_is_found_in_no_networks(self) -> None:
        assert Ranges([]).is_empty
        assert find(Ranges([]), "192.0.2.1") == NOBODY

    def test_ipv4_inside_ipv6_is_ipv4(self) -> None:
        assert find(own("192.0.2.0/24"), "::ffff:192.0.2.9") == 0

    @pytest.mark.parametrize("text", ["", "localhost", "192.0.2", "192.0.2.1\0", "::1::", "192.0.2.0/24", "é"])
    def test_what_is_no_address_is_nowhere(self, text: str) -> None:
        assert pack_address(text) is None


NETWORKS = st.builds(
    lambda number, length: ipaddress.ip_network((0x0A000000 + number, length), strict=False),
    st.integers(0, 255),
    st.integers(24, 32),
)


class TestAgainstASearchOfEverything:
    @given(
        owned=st.lists(st.lists(NETWORKS, max_size=6), max_size=4),
        number=st.integers(-1, 256),
    )
    def test_the_same_owner_is_found(self, owned: list[list[ipaddress.IPv4Network]], number: int) -> None:
        address = ipaddress.IPv4Address(0x0A000000 + number)
        holding = [
            (-network.prefixlen, owner)
            for owner, networks in enumerate(owned)
            for network in networks
            if address in network
        ]
        expected = min(holding)[1] if holding else NOBODY

        ranges = Ranges(
            [[Network(4, int(each.network_address), each.prefixlen) for each in networks] for networks in owned]
        )

        assert ranges.find(address.packed) == expected
