"""Lists of a policy, asked by what is stored of a click."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.bots.policies.matching import find_listed
from tracking.bots.policies.rules import DEFAULT_POLICY, Lists, Overrides, merge
from tracking.bots.verdicts import Reason

INSTAGRAM = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 Instagram 334.0.4.32.98"
V4 = bytes([203, 0, 113])
V6 = bytes.fromhex("20010db80001")
DENIED, ALLOWED = int(Reason.DENIED_BY_POLICY), int(Reason.ALLOWED_BY_POLICY)

pytestmark = pytest.mark.feature("TR26")


def find(
    lists: Lists, *, network: bytes | None = V4, country: str | None = "DE", user_agent: str = INSTAGRAM
) -> tuple[int, int]:
    """What it is as the list that denies, and as the list that allows."""
    denying, allowing = merge([Overrides(deny=lists)]), merge([Overrides(allow=lists)])
    return find_listed(denying, network, country, user_agent), find_listed(allowing, network, country, user_agent)


@pytest.mark.parametrize(
    ("network", "stored", "is_on_it"),
    [
        ("203.0.113.0/24", V4, True),
        ("203.0.112.0/23", V4, True),
        ("0.0.0.0/0", V4, True),
        ("203.0.114.0/24", V4, False),
        ("2001:db8::/32", V6, True),
        ("2001:db8:1::/48", V6, True),
        ("2001:db8:2::/48", V6, False),
        ("::/0", V6, True),
        ("::/0", V4, False),
        ("0.0.0.0/0", V6, False),
        ("0.0.0.0/0", None, False),
    ],
)
def test_a_network_holds_what_is_stored_of_an_address(network: str, stored: bytes | None, is_on_it: bool) -> None:
    assert find(Lists(networks=(network,)), network=stored) == ((DENIED, ALLOWED) if is_on_it else (0, 0))


def test_one_of_several_networks_is_enough() -> None:
    networks = ("198.51.100.0/24", "2001:db8::/32", "203.0.0.0/16", "192.0.2.0/24")

    assert find(Lists(networks=networks)) == (DENIED, ALLOWED)


@pytest.mark.parametrize(
    ("pattern", "is_on_it"), [("Instagram", True), ("instagram", False), ("(?i)instagram", True), ("^Instagram", False)]
)
def test_a_pattern_is_looked_for_anywhere(pattern: str, is_on_it: bool) -> None:
    lists = Lists(user_agent_patterns=("Nothing", pattern))

    assert find(lists) == ((DENIED, ALLOWED) if is_on_it else (0, 0))


def test_patterns_do_not_run_into_each_other() -> None:
    lists = Lists(user_agent_patterns=(r"\QSnap", "(?i)pinterest", "Threads"))

    assert [find(lists, user_agent=text)[0] for text in ("Snap", "PINTEREST", "Threads", "threads", "Snap|(?")] == [
        DENIED,
        DENIED,
        DENIED,
        0,
        DENIED,
    ]


@pytest.mark.parametrize(("country", "is_on_it"), [("DE", True), ("NL", False), (None, False)])
def test_a_country_is_that_of_the_click_where_one_is_known(country: str | None, is_on_it: bool) -> None:
    assert find(Lists(countries=("DE", "AT")), country=country) == ((DENIED, ALLOWED) if is_on_it else (0, 0))


def test_what_is_on_both_lists_is_allowed() -> None:
    policy = merge([Overrides(allow=Lists(user_agent_patterns=("Instagram",)), deny=Lists(countries=("DE",)))])

    assert find_listed(policy, V4, "DE", INSTAGRAM) == ALLOWED
    assert find_listed(policy, V4, "DE", "Another") == DENIED
    assert find_listed(policy, V4, "AT", "Another") == 0


def test_without_lists_nothing_is_listed() -> None:
    assert find_listed(DEFAULT_POLICY, V4, "DE", INSTAGRAM) == 0


@given(address=st.ip_addresses(), other=st.ip_addresses(), bits=st.integers(0, 48))
def test_networks_agree_with_the_standard_library(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    other: ipaddress.IPv4Address | ipaddress.IPv6Address,
    bits: int,
) -> None:
    bits = min(bits, 24) if other.version == 4 else bits
    network = ipaddress.ip_network((other, bits), strict=False)
    stored = address.packed[: 3 if address.version == 4 else 6]

    assert find(Lists(networks=(str(network),)), network=stored)[0] == (DENIED if address in network else 0)
