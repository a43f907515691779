"""The operator's files: which are read, and what holds when they change or break."""

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.address_lists import write_countries, write_list
from tracking.bots.hosting.files import ListStatus
from tracking.bots.hosting.networks import pack_address
from tracking.bots.hosting.operator_files import OperatorFiles, find_problems
from tracking.bots.hosting.ranges import NOBODY

pytestmark = pytest.mark.feature("TR25")

HTML = "line 1: '<html>' is no network: expected one such as 203.0.113.0/24"


@pytest.fixture
def files(tmp_path: Path) -> OperatorFiles:
    return OperatorFiles(tmp_path, None)


def find(files: OperatorFiles, address: str) -> str | None:
    files.refresh()
    packed = pack_address(address)
    assert packed is not None
    owner = files.ranges.find(packed)
    return None if owner == NOBODY else files.provider_names[owner]


def list_problems(lists: Iterable[ListStatus]) -> list[tuple[str, str]]:
    return [(each.name, each.problem) for each in lists if each.problem is not None]


class TestNames:
    def test_a_provider_is_called_what_its_files_are_called_up_to_the_first_dot(
        self, files: OperatorFiles, tmp_path: Path
    ) -> None:
        write_list(tmp_path, "cloudy.ips-v4.txt", "192.0.2.0/24")
        write_list(tmp_path, "cloudy.ips-v6.txt", "2001:db8::/32")
        write_list(tmp_path, "rainy.csv", "198.51.100.0/24,DE,,,")

        found = [find(files, address) for address in ("192.0.2.1", "2001:db8::1", "198.51.100.1", "203.0.113.1")]
        assert found == ["cloudy", "cloudy", "rainy", None]

    def test_other_files_are_left_alone(self, files: OperatorFiles, tmp_path: Path) -> None:
        write_list(tmp_path, "README.md", "192.0.2.0/24")
        write_list(tmp_path, ".hidden.txt", "192.0.2.0/24")
        (tmp_path / "folder.txt").mkdir()

        assert find(files, "192.0.2.1") is None
        assert files.describe() == []

    def test_relays_are_no_provider(self, files: OperatorFiles, tmp_path: Path) -> None:
        write_list(tmp_path, "relay-egress.csv", "192.0.2.0/31,US,US-CA,Los Angeles,")

        assert find(files, "192.0.2.1") is None
        assert files.relays.find(bytes([192, 0, 2, 1])) != NOBODY


class TestChanges:
    def test_a_new_file_takes_the_place_of_the_old_one(self, files: OperatorFiles, tmp_path: Path) -> None:
        write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        assert find(files, "192.0.2.1") == "cloudy"

        write_list(tmp_path, "cloudy.txt", "198.51.100.0/24")

        assert (find(files, "192.0.2.1"), find(files, "198.51.100.1")) == (None, "cloudy")

    def test_a_file_that_is_gone_is_used_no_more(self, files: OperatorFiles, tmp_path: Path) -> None:
        path = write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        assert find(files, "192.0.2.1") == "cloudy"

        path.unlink()

        assert find(files, "192.0.2.1") is None

    def test_a_broken_one_leaves_the_old_one_in_use_until_it_is_mended(
        self, files: OperatorFiles, tmp_path: Path
    ) -> None:
        write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        assert find(files, "192.0.2.1") == "cloudy"
        version = files.version

        write_list(tmp_path, "cloudy.txt", "<html>")
        assert find(files, "192.0.2.1") == "cloudy"
        assert list_problems(files.describe()) == [("cloudy.txt", HTML)]
        assert files.version == version

        write_list(tmp_path, "cloudy.txt", "198.51.100.0/24")
        assert find(files, "198.51.100.1") == "cloudy"
        assert list_problems(files.describe()) == []

    def test_one_that_is_broken_from_the_start_does_not_stop_the_others(
        self, files: OperatorFiles, tmp_path: Path
    ) -> None:
        write_list(tmp_path, "cloudy.txt", "<html>")
        write_list(tmp_path, "rainy.txt", "192.0.2.0/24")

        assert find(files, "192.0.2.1") == "rainy"
        assert list_problems(files.describe()) == [("cloudy.txt", HTML)]

    def test_a_huge_one_is_not_read(
        self, files: OperatorFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tracking.bots.hosting.files.MAX_FILE_BYTES", 12)
        write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")

        assert find(files, "192.0.2.1") is None
        assert list_problems(files.describe()) == [("cloudy.txt", "it has 13 bytes: expected at most 12")]

    def test_a_folder_that_goes_away_leaves_all_as_it_was(self, tmp_path: Path) -> None:
        folder = tmp_path / "lists"
        folder.mkdir()
        files = OperatorFiles(folder, None)
        write_list(folder, "cloudy.txt", "192.0.2.0/24")
        assert find(files, "192.0.2.1") == "cloudy"

        folder.rename(tmp_path / "elsewhere")
        assert find(files, "192.0.2.1") == "cloudy"
        assert list_problems(files.describe()) == [(str(folder), "No such file or directory")]

        (tmp_path / "elsewhere").rename(folder)
        assert find(files, "192.0.2.1") == "cloudy"
        assert list_problems(files.describe()) == []

    def test_a_file_that_did_not_change_is_not_read_again(self, files: OperatorFiles, tmp_path: Path) -> None:
        """Told by its size and time: with those of the old one, even another content is not noticed."""
        path = write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        assert find(files, "192.0.2.1") == "cloudy"
        at_ns = path.stat().st_mtime_ns

        path.write_text("192.0.3.0/24\n")
        os.utime(path, ns=(at_ns, at_ns))

        assert find(files, "192.0.2.1") == "cloudy"

    def test_nothing_is_nothing(self) -> None:
        files = OperatorFiles(None, None)
        files.refresh()

        assert (files.describe(), files.version, files.ranges.is_empty) == ([], ("", ""), True)


class TestCountries:
    def test_a_new_file_is_read_and_a_broken_one_leaves_the_old_one(self, tmp_path: Path) -> None:
        path = write_countries(tmp_path / "countries.mmdb", {"192.0.2.0/24": {"country": "DE"}})
        files = OperatorFiles(None, path)
        found = []
        for record in ("DE", "FR"):
            write_countries(path, {"192.0.2.0/24": {"country": record}})
            files.refresh()
            assert files.countries is not None
            found.append(files.countries.find(bytes([192, 0, 2])))
        path.write_text("not found")
        files.refresh()

        assert files.countries is not None
        assert [*found, files.countries.find(bytes([192, 0, 2]))] == ["DE", "FR", "FR"]
        [(name, problem)] = list_problems(files.describe())
        assert (name, problem.partition(":")[0]) == ("countries.mmdb", "it is no file of MaxMind's format, or damaged")

    def test_a_missing_file_is_a_problem_and_no_countries(self, tmp_path: Path) -> None:
        files = OperatorFiles(None, tmp_path / "countries.mmdb")
        files.refresh()

        assert files.countries is None
        assert list_problems(files.describe()) == [("countries.mmdb", "No such file or directory")]

    def test_one_that_turns_out_to_be_damaged_is_a_problem(self, tmp_path: Path) -> None:
        path = write_countries(tmp_path / "whole.mmdb", {"192.0.3.0/24": {"country": "DE"}})
        whole = path.read_bytes()
        damaged = tmp_path / "damaged.mmdb"
        damaged.write_bytes(whole.replace(b"\x47country\x42DE", b"\x47country\xffDE"))
        files = OperatorFiles(None, damaged)
        files.refresh()
        assert files.countries is not None
        assert list_problems(files.describe()) == []

        assert files.countries.find(bytes([192, 0, 3])) is None

        assert list_problems(files.describe()) == [
            ("damaged.mmdb", "some of its records cannot be read: fetch it again")
        ]


class TestProblems:
    def test_what_is_older_than_180_days_by_its_own_date_is_named(self) -> None:
        today = dt.date(2026, 6, 30)
        lists = [
            ListStatus("fresh.json", 5, today - dt.timedelta(days=180), "aa"),
            ListStatus("stale.json", 5, today - dt.timedelta(days=181), "bb"),
            ListStatus("broken.json", 0, None, None, "it is not JSON"),
        ]

        assert find_problems(lists, today) == [
            "broken.json is not usable: it is not JSON",
            "stale.json is of 2025-12-31: fetch it again",
        ]

    def test_a_file_is_as_old_as_it_says_else_as_it_is(self, files: OperatorFiles, tmp_path: Path) -> None:
        said = write_list(tmp_path, "said.json", '{"createDate": "2025-01-02-03", "addresses": ["192.0.2.0/24"]}')
        unsaid = write_list(tmp_path, "unsaid.txt", "198.51.100.0/24")
        for path in (said, unsaid):
            os.utime(path, (0, 86_400))
        files.refresh()

        assert [(each.name, str(each.dated)) for each in files.describe()] == [
            ("said.json", "2025-01-02"),
            ("unsaid.txt", "1970-01-02"),
        ]
