"""Providers' lists of networks: each format is recognised, and what is wrong is named."""

import contextlib
import datetime as dt
import ipaddress
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.bots.hosting.formats import InvalidListError, read_networks
from tracking.bots.hosting.networks import SHORTEST_PREFIXES

pytestmark = pytest.mark.feature("TR25")

AWS = {
    "syncToken": "1732060990",
    "createDate": "2025-11-20-00-03-10",
    "prefixes": [
        {"ip_prefix": "203.0.113.0/25", "region": "eu-1", "service": "AMAZON"},
        {"ip_prefix": "203.0.113.128/25", "region": "eu-1", "service": "EC2"},
        {"ip_prefix": "203.0.113.64/28", "region": "eu-1", "service": "S3"},
    ],
    "ipv6_prefixes": [{"ipv6_prefix": "2001:db8:a::/48", "region": "eu-1", "service": "AMAZON"}],
}
GOOGLE = {
    "syncToken": "1732060990000",
    "creationTime": "2025-11-19T22:22:26.000000",
    "prefixes": [{"ipv4Prefix": "198.51.100.0/24", "scope": "eu"}, {"ipv6Prefix": "2001:db8:b::/48"}],
}
AZURE = {
    "changeNumber": 300,
    "cloud": "Public",
    "values": [
        {"name": "A", "properties": {"region": "", "addressPrefixes": ["192.0.2.0/25", "2001:db8:c::/48"]}},
        {"name": "B", "properties": {"region": "eu", "addressPrefixes": ["192.0.2.0/25"]}},
    ],
}
ORACLE = {
    "last_updated_timestamp": "2025-11-18T17:52:44.000000",
    "regions": [
        {"region": "eu-1", "cidrs": [{"cidr": "192.0.2.0/26", "tags": ["OCI"]}]},
        {"region": "eu-2", "cidrs": [{"cidr": "198.51.100.0/26", "tags": []}]},
    ],
}
FASTLY = {"addresses": ["192.0.2.0/24"], "ipv6_addresses": ["2001:db8:d::/48"]}
LINES = b"""\xef\xbb\xbf# a list of ours
203.0.113.0/24  # Frankfurt

198.51.100.7 ; one machine
2001:db8::/32\r
"""
GEOFEED = b"""# prefix,country,region,city,postal
192.0.2.0/31,US,US-CA,Los Angeles,
192.0.2.2/31,US,US-CA,"Los Angeles, South",
2001:db8:e::/64,DE,DE-BE,Berlin,
"""

NO_NETWORK = "'x' is no network: expected one such as 203.0.113.0/24"
NO_LENGTH = "is not usable: expected a length from /8 to /32"
NO_LIST = "its JSON is not a provider's list"
FIELDS = "prefixes, ipv6_prefixes, values, regions, addresses, ipv6_addresses"


def read(content: object) -> list[str]:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return [str(network) for network in read_networks(raw).networks]


def refuse(content: object) -> str:
    with pytest.raises(InvalidListError) as refused:
        read(content)
    return str(refused.value)


class TestFormats:
    @pytest.mark.parametrize(
        ("content", "networks"),
        [
            (AWS, ["203.0.113.0/24", "2001:db8:a::/48"]),
            (GOOGLE, ["198.51.100.0/24", "2001:db8:b::/48"]),
            (AZURE, ["192.0.2.0/25", "2001:db8:c::/48"]),
            (ORACLE, ["192.0.2.0/26", "198.51.100.0/26"]),
            (FASTLY, ["192.0.2.0/24", "2001:db8:d::/48"]),
            (LINES, ["198.51.100.7/32", "203.0.113.0/24", "2001:db8::/32"]),
            (GEOFEED, ["192.0.2.0/30", "2001:db8:e::/64"]),
        ],
        ids=["AWS", "Google", "Azure", "Oracle", "Fastly", "lines", "geofeed"],
    )
    def test_each_is_recognised_by_its_content(self, content: object, networks: list[str]) -> None:
        assert read(content) == networks

    @pytest.mark.parametrize(
        ("content", "dated"),
        [
            (AWS, dt.date(2025, 11, 20)),
            (GOOGLE, dt.date(2025, 11, 19)),
            (ORACLE, dt.date(2025, 11, 18)),
            (AZURE, None),
            ({**AWS, "createDate": "yesterday"}, None),
        ],
    )
    def test_the_day_that_a_file_gives_itself_is_kept(self, content: object, dated: dt.date | None) -> None:
        assert read_networks(json.dumps(content).encode()).dated == dated


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "it names no network: expected CIDR lines, or the JSON of a provider"),
            (b"# nothing\n", "it names no network: expected CIDR lines, or the JSON of a provider"),
            (b"\xff\xfe1", "byte 0 is not UTF-8: expected text or JSON"),
            (b"<!doctype html>", "line 1: '<!doctype html>' is no network: expected one such as 203.0.113.0/24"),
            (b"192.0.2.0/24\n192.0.2.300", "line 2: '192.0.2.300' is no network: expected one such as 203.0.113.0/24"),
            (b"192.0.2.0\0/24", r"line 1: '192.0.2.0\x00/24' is no network: expected one such as 203.0.113.0/24"),
            (b"0.0.0.0/0", f"line 1: '0.0.0.0/0' {NO_LENGTH}"),
            (b"::/0", "line 1: '::/0' is not usable: expected a length from /16 to /128"),
            (b"192.0.2.0/33", f"line 1: '192.0.2.0/33' {NO_LENGTH}"),
            (b"192.0.2.0/", f"line 1: '192.0.2.0/' {NO_LENGTH}"),
            (b"192.0.2.0/-8", f"line 1: '192.0.2.0/-8' {NO_LENGTH}"),
            (b"192.0.2.0/2\xc2\xb2", f"line 1: '192.0.2.0/2²' {NO_LENGTH}"),
            (b"192.0.2.0/" + b"9" * 9_000, f"line 1: '192.0.2.0/{'9' * 50}' {NO_LENGTH}"),
            (b"192.0.2.9/24", "line 1: '192.0.2.9/24' goes on after its /24: expected 192.0.2.0/24"),
            (b'{"prefixes": [', "it is not JSON, though it begins so: Input data was truncated"),
            (
                b'{"prefixes": [{"ip_prefix": 7}]}',
                f"{NO_LIST}: Expected `str | null`, got `int` - at `$.prefixes[0].ip_prefix`",
            ),
            ([], f"{NO_LIST}: Expected `object`, got `array`"),
            ({"prefixes": [{"ip_prefix": "x"}]}, f"prefixes[0].ip_prefix: {NO_NETWORK}"),
            (
                {"prefixes": [{"ip": "x"}]},
                "prefixes[0]: expected one of ip_prefix, ipv6_prefix, ipv4Prefix, ipv6Prefix",
            ),
            (
                {"values": [{"properties": {"addressPrefixes": ["x"]}}]},
                f"values[0].properties.addressPrefixes[0]: {NO_NETWORK}",
            ),
            ({"regions": [{"cidrs": [{"cidr": "x"}]}]}, f"regions[0].cidrs[0].cidr: {NO_NETWORK}"),
            ({"addresses": ["x"]}, f"addresses[0]: {NO_NETWORK}"),
            ({"networks": ["192.0.2.0/24"]}, f"its JSON has none of the fields that hold networks: {FIELDS}"),
            (b'{"addresses": ' + b"[" * 100_000, f"{NO_LIST}: Expected `str`, got `array` - at `$.addresses[0]`"),
            (b'{"other": ' + b"[" * 100_000, "its JSON is nested too deeply for any provider's list"),
        ],
        ids=itertools.count(),
    )
    def test_what_is_wrong_is_named_with_what_would_be_right(self, content: object, message: str) -> None:
        assert refuse(content) == message

    def test_a_list_without_end_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tracking.bots.hosting.formats.MAX_NETWORKS", 3)

        assert refuse(b"192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4") == "line 4: expected at most 3 networks"


# Few bits differ, so that networks meet, hold each other and are halves of one.
IPV4 = st.builds(
    lambda number, prefix: ipaddress.IPv4Network((0x0A000000 + number, prefix), strict=False),
    st.integers(0, 255),
    st.integers(24, 32),
)
IPV6 = st.builds(
    lambda number, prefix: ipaddress.IPv6Network(((0x2001 << 112) + number, prefix), strict=False),
    st.integers(0, 255),
    st.integers(120, 128),
)


class TestAnyList:
    @given(ipv4=st.lists(IPV4, min_size=1, max_size=20), ipv6=st.lists(IPV6, max_size=20))
    def test_lines_are_merged_as_the_standard_library_merges_them(
        self, ipv4: list[ipaddress.IPv4Network], ipv6: list[ipaddress.IPv6Network]
    ) -> None:
        found = read("\n".join(map(str, [*ipv6, *ipv4])).encode())

        assert found == [
            *map(str, ipaddress.collapse_addresses(ipv4)),
            *map(str, ipaddress.collapse_addresses(ipv6)),
        ]
        assert read("\n".join(found).encode()) == found

    @given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    def test_whatever_comes_is_networks_or_refused(self, content: bytes) -> None:
        with contextlib.suppress(InvalidListError):
            networks = read_networks(content).networks
            assert networks
            assert all(network.prefix >= SHORTEST_PREFIXES[network.version] for network in networks)

    @given(
        st.recursive(
            st.none() | st.integers() | st.text(max_size=10) | st.just("192.0.2.0/24"),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["prefixes", "ip_prefix", "values", "properties", "addressPrefixes", "regions", "cidrs", "cidr"]
                    ),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=12,
        )
    )
    def test_whatever_json_comes_is_networks_or_refused(self, content: object) -> None:
        with contextlib.suppress(InvalidListError):
            assert read(content) == ["192.0.2.0/24"]

    def test_all_halves_of_the_widest_network_stay_as_wide_as_can_be_read_again(self) -> None:
        found = read("\n".join(f"{first}.0.0.0/8" for first in range(256)).encode())

        assert len(found) == 256
        assert read("\n".join(found).encode()) == found
