"""docs/coverage.md is what the marks say now, and every mark names a rule that exists."""

from collections import Counter

from tests.coverage_report import PAGE, list_marks, read_marks, read_rules, write_page

MARKED = """
import pytest
pytestmark = pytest.mark.feature("R1")

@pytest.mark.feature("LO7", "TR8")
def test_alone() -> None: ...

@pytest.mark.feature("TR6")
class TestGroup:
    @pytest.mark.parametrize("x", [1])
    @pytest.mark.feature("R3")
    async def test_inside(self) -> None: ...
    def make_nothing(self) -> None: ...
"""


class TestCoveragePage:
    def test_it_is_up_to_date(self) -> None:
        assert PAGE.read_text() == write_page(read_rules(), read_marks()), "run ./dev coverage and commit the page"

    def test_every_mark_names_a_rule(self) -> None:
        assert set(read_marks()) - set(read_rules()) == set()

    def test_the_rules_are_all_there(self) -> None:
        counts = Counter(rule.rstrip("0123456789") for rule in read_rules())

        assert counts == {"R": 13, "LO": 18, "LS": 14, "CU": 14, "IM": 21, "TR": 27, "V": 13}


class TestReader:
    def test_a_test_has_the_rules_of_its_class_and_module_too(self) -> None:
        assert list(list_marks(MARKED)) == ["LO7", "R1", "TR8", "R1", "R3", "TR6"]

    def test_a_rule_without_tests_stands_on_the_page_with_none(self) -> None:
        page = write_page({"R1": "One.", "R2": "Two."}, {"R2": Counter({"unit/test_a.py": 2})})

        assert "1 of 2 rules have tests" in page
        assert "| R1 | One. |  |\n| R2 | Two. | unit/test_a.py (2) |\n" in page
