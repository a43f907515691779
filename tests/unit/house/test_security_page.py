"""SECURITY.md: every threat has a control and a test, and the tests that it names are there and run."""

import ast
import re

import pytest

from tests.unit.house.sources import ROOT

PAGE = (ROOT / "SECURITY.md").read_text()
TEST = re.compile(r"`(tests/[^`:]+\.py)(?:::(\w+))?`")


def find_rows(page: str) -> list[list[str]]:
    """The cells of each threat."""
    lines = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| threat")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def find_gaps(page: str) -> list[str]:
    """Threats without a control, or whose last cell is not a test."""
    return [cells[0] for cells in find_rows(page) if len(cells) != 3 or not cells[1] or not TEST.fullmatch(cells[2])]


def find_missing(page: str) -> list[str]:
    """Tests that the page names and nobody has, or nobody runs."""
    missing = []
    for path, name in TEST.findall(page):
        file = ROOT / path
        names = list_tests(file.read_text()) if file.is_file() else []
        if not (name in names if name else names):
            missing.append(f"{path}::{name}")
    return missing


def list_tests(source: str) -> list[str]:
    """Test functions, of classes too, apart from those that are always skipped."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [each.name for each in functions if each.name.startswith("test_") and not is_skipped(each)]


def is_skipped(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    marks = [ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list]
    return bool({"pytest.mark.skip", "pytest.mark.xfail"}.intersection(marks))


def test_every_threat_has_a_control_and_a_test_that_runs() -> None:
    assert len(find_rows(PAGE)) >= 25
    assert find_gaps(PAGE) == []
    assert find_missing(PAGE) == []


@pytest.mark.parametrize(
    "row",
    ["| forged cookies | a MAC | |", "| forged cookies | | `tests/a.py` |", "| forged cookies | we are careful |"],
)
def test_a_threat_without_a_control_or_a_test_is_noticed(row: str) -> None:
    assert find_gaps(f"{row}\n| guessing | rations | `tests/b.py::test_c` |") == ["forged cookies"]


def test_a_test_that_is_not_there_is_noticed() -> None:
    planted = "`tests/unit/house/test_security_page.py::test_of_nothing`, `tests/no.py`, `tests/unit/house/sources.py`"

    assert find_missing(planted) == [
        "tests/unit/house/test_security_page.py::test_of_nothing",
        "tests/no.py::",
        "tests/unit/house/sources.py::",
    ]


def test_a_test_that_is_always_skipped_is_none() -> None:
    source = "class TestA:\n    @pytest.mark.skip(reason='later')\n    def test_b(self): ...\n\nasync def test_c(): ..."

    assert list_tests(source) == ["test_c"]
