"""Every advisory lock has a number of its own: two jobs with one number would keep each other from ever running."""

import re
from collections import defaultdict
from collections.abc import Iterable

import pytest

from tests.unit.house.sources import PACKAGES, Source, read_python_sources

pytestmark = pytest.mark.feature("R6")

NUMBER = re.compile(r"^(\w*LOCK)\b[^=\n]*= (\d[\d_]*)$", re.MULTILINE)


def find_shared_numbers(sources: Iterable[Source]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for source in sources:
        for name, number in NUMBER.findall(source.text):
            found[int(number)].append(f"{source.path}: {name}")
    return {number: places for number, places in found.items() if len(places) > 1}


def test_no_two_locks_have_one_number() -> None:
    sources = read_python_sources(PACKAGES)
    assert find_shared_numbers(sources) == {}
    assert sum(len(NUMBER.findall(source.text)) for source in sources) >= 6


def test_a_number_that_two_locks_have_is_found() -> None:
    one = Source("tracking/one.py", "_FOLD_LOCK: Final = 7_000_001\n")
    other = Source("worker/other.py", "PASS_LOCK = 7_000_001\nREST_LOCK = 7_000_002\n")

    assert find_shared_numbers([one, other]) == {
        7_000_001: ["tracking/one.py: _FOLD_LOCK", "worker/other.py: PASS_LOCK"]
    }
