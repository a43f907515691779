import re

from tests.unit.house.sources import ROOT

PAGE = (ROOT / "SECURITY.md").read_text()


def find_missing(page: str) -> list[str]:
    """Tests that the page names and nobody has."""
    missing = []
    for path, name in re.findall(r"`(tests/[^`:]+\.py)(?:::(\w+))?`", page):
        file = ROOT / path
        if not file.is_file() or (name and f"def {name}(" not in file.read_text()):
            missing.append(f"{path}::{name}")
    return missing


def test_every_threat_names_a_test_that_exists() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| threat")]

    assert [row for row in rows if "`tests/" not in row] == []
    assert find_missing(PAGE) == []


def test_a_test_that_is_not_there_is_noticed() -> None:
    planted = "`tests/unit/house/test_security_page.py::test_of_nothing` and `tests/no_such_test.py`"

    assert find_missing(planted) == [
        "tests/unit/house/test_security_page.py::test_of_nothing",
        "tests/no_such_test.py::",
    ]
