"""Lists of networks and countries come from elsewhere: whatever they hold is used or refused, and ends no process."""

import contextlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.address_lists import write_countries
from tracking.bots.hosting.countries import Countries
from tracking.bots.hosting.formats import InvalidListError, read_networks
from tracking.bots.hosting.networks import SHORTEST_PREFIXES, pack_address
from tracking.bots.hosting.ranges import Ranges

CIDR_LIKE = st.from_regex(r"[0-9a-f:.]{1,30}(/[0-9]{1,3})?[ ,#;]?[a-z]{0,5}", fullmatch=True)
NETWORKS = [bytes([203, 0, 113]), bytes([8, 8, 8]), bytes([0, 0, 0]), bytes.fromhex("20010db80000")]


@cache
def make_whole_file() -> bytes:
    records = {
        "203.0.113.0/24": {"country": {"iso_code": "DE", "names": {"en": "Germany"}}},
        "8.8.8.0/24": {"country": "US"},
        "2001:db8::/32": {"country_code": "FR"},
    }
    with TemporaryDirectory() as folder:
        return write_countries(Path(folder) / "countries.mmdb", records).read_bytes()


@settings(max_examples=min(settings().max_examples, 4_000))  # each takes milliseconds
@given(st.binary(max_size=300) | st.lists(CIDR_LIKE, max_size=20).map(lambda lines: "\n".join(lines).encode()))
def test_lists_of_networks_are_usable_or_refused(content: bytes) -> None:
    with contextlib.suppress(InvalidListError):
        networks = read_networks(content).networks
        assert all(network.prefix >= SHORTEST_PREFIXES[network.version] for network in networks)
        packed = pack_address(str(networks[0]).partition("/")[0])
        assert packed is not None
        assert Ranges([networks]).find(packed) == 0


@example(start=717, length=0, inserted=b"\0")  # a name that is not UTF-8
@given(start=st.integers(0, 3_000), length=st.integers(0, 40), inserted=st.binary(max_size=40))
def test_a_damaged_file_of_countries_answers_or_is_refused(start: int, length: int, inserted: bytes) -> None:
    whole = make_whole_file()
    with contextlib.suppress(InvalidListError):
        countries = Countries(whole[:start] + inserted + whole[start + length :])
        codes = [countries.find(network) for network in NETWORKS]
        assert all(code is None or (len(code) == 2 and code.isupper()) for code in codes)
