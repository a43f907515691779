"""Countries by address, out of files as several vendors make them."""

from pathlib import Path
from typing import Any

import pytest

from tests.address_lists import write_countries
from tracking.bots.hosting.countries import Countries
from tracking.bots.hosting.formats import InvalidListError

pytestmark = pytest.mark.feature("TR26")

IN_IT = bytes([203, 0, 113])
IPV6 = bytes.fromhex("20010db80000")


def load(folder: Path, records: dict[str, Any], *, ip_version: int = 6) -> Countries:
    return Countries(write_countries(folder / "countries.mmdb", records, ip_version=ip_version).read_bytes())


class TestCountries:
    @pytest.mark.parametrize(
        ("record", "code"),
        [
            ({"country": {"iso_code": "DE", "geoname_id": 1}, "city": {"geoname_id": 2}}, "DE"),
            ({"country": "AT", "country_name": "Austria"}, "AT"),
            ({"country_code": "CH", "country": "Switzerland"}, "CH"),
            ({"country_code": "ch"}, "CH"),
            ({"country": {"iso_code": "DEU"}}, None),
            ({"country": "Germany"}, None),
            ({"country": {}}, None),
            ({"country": {"iso_code": "D1"}}, None),
            ({"country": {"iso_code": "ÄÖ"}}, None),
            ({"country": ["DE"]}, None),
            ({"registered_country": {"iso_code": "DE"}}, None),
            ("DE", None),
        ],
    )
    def test_the_code_is_found_where_vendors_put_it(self, tmp_path: Path, record: Any, code: str | None) -> None:
        assert load(tmp_path, {"203.0.113.0/24": record}).find(IN_IT) == code

    def test_networks_outside_have_none(self, tmp_path: Path) -> None:
        countries = load(tmp_path, {"203.0.113.0/24": {"country": "DE"}, "2001:db8::/32": {"country": "FR"}})

        assert [countries.find(network) for network in (IN_IT, bytes([203, 0, 114]), IPV6)] == ["DE", None, "FR"]

    def test_ipv6_has_none_where_the_file_has_only_ipv4(self, tmp_path: Path) -> None:
        countries = load(tmp_path, {"203.0.113.0/24": {"country": "DE"}}, ip_version=4)

        assert (countries.find(IN_IT), countries.find(IPV6)) == ("DE", None)

    def test_a_file_that_is_overwritten_in_place_is_not_seen_by_readers_of_it(self, tmp_path: Path) -> None:
        countries = load(tmp_path, {"203.0.113.0/24": {"country": "DE"}})

        (tmp_path / "countries.mmdb").write_bytes(b"")

        assert countries.find(IN_IT) == "DE"

    @pytest.mark.feature("R10", "R6")
    def test_of_a_divided_network_the_first_address_speaks_for_all(self, tmp_path: Path) -> None:
        """Nothing closer is stored, so nothing closer may decide."""
        countries = load(tmp_path, {"203.0.113.0/25": {"country": "DE"}, "203.0.113.128/25": {"country": "FR"}})

        assert countries.find(IN_IT) == "DE"


class TestRefusals:
    @pytest.mark.parametrize("content", [b"", b"203.0.113.0/24\n", bytes(4_096)])
    def test_another_format_is_refused(self, content: bytes) -> None:
        with pytest.raises(InvalidListError, match="it is no file of MaxMind's format, or damaged"):
            Countries(content)

    def test_whatever_part_of_a_file_is_there_is_refused_or_answers(self, tmp_path: Path) -> None:
        path = write_countries(tmp_path / "countries.mmdb", {"8.8.8.0/24": {"country": {"iso_code": "US"}}})
        whole = path.read_bytes()
        answers = set()
        for length in range(0, len(whole), 7):
            for part in (whole[:length], whole[length:], whole[:length] + bytes(len(whole) - length)):
                try:
                    answers.add(Countries(part).find(bytes([8, 8, 8])))
                except InvalidListError:
                    answers.add("refused")

        assert answers <= {"refused", "US", None}
        assert {"refused", "US"} <= answers
