"""The project names no registry host and no path of the machine it was written on: it must build anywhere."""

import re
from collections.abc import Iterable

import pytest

from tests.unit.house.sources import Source, read_text_files

# Put together here, so that this file does not hold what it looks for.
REGISTRY_HOSTS = (
    "pypi." + "org",
    "python" + "hosted.org",
    "registry." + "npmjs.org",
    "registry." + "yarnpkg.com",
    "unpkg." + "com",
    "cdn." + "jsdelivr.net",
)
MACHINE_PATHS = ("/" + "work/", "/" + "root/", "/" + "Users/", "/" + r"home/\w", "/" + "opt/")
FOREIGN = re.compile(
    "|".join([*(re.escape(host) for host in REGISTRY_HOSTS), *(rf"(?<![\w.}}*-]){path}" for path in MACHINE_PATHS)])
)


def find_foreign_names(sources: Iterable[Source]) -> list[str]:
    return [
        f"{source.path}:{number} {match.group()}"
        for source in sources
        for number, line in enumerate(source.text.splitlines(), start=1)
        if (match := FOREIGN.search(line))
    ]


class TestForeignNames:
    def test_no_file_names_a_registry_or_a_path_of_a_machine(self) -> None:
        assert find_foreign_names(read_text_files()) == []


class TestChecker:
    @pytest.mark.parametrize("text", [*REGISTRY_HOSTS, "see /" + "work/main", "'/" + "root/.cache'", "/" + "home/ann"])
    def test_a_foreign_name_is_reported(self, text: str) -> None:
        assert len(find_foreign_names([Source("docs/a.md", f"first line\n{text}")])) == 1

    @pytest.mark.parametrize("text", ["/app/worker/", "docs/homework/", "network/", "workflows/work/", "/var/lib/x"])
    def test_a_name_of_our_own_is_not_reported(self, text: str) -> None:
        assert find_foreign_names([Source("docs/a.md", text)]) == []
