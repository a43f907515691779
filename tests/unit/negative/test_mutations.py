import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.negative.__main__ import main, plant
from tests.negative.mutation import Mutation
from tests.negative.mutations import MUTATIONS
from tests.negative.threats import THREATS

ROOT = Path(__file__).resolve().parents[3]


def list_test_names(path: Path) -> set[str]:
    """As pytest writes them after the file."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            names.update(f"{node.name}::{each.name}" for each in inner)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
    return names


def test_every_rule_has_two_mistakes_at_least() -> None:
    found = Counter(each.rule for each in MUTATIONS)

    assert list(found) == [f"R{number}" for number in range(1, 14)]
    assert [rule for rule, count in found.items() if count < 2] == []


@pytest.mark.parametrize("mutation", [*MUTATIONS, *THREATS], ids=lambda mutation: mutation.rule)
class TestMistake:
    def test_it_can_be_planted_and_leaves_python(self, mutation: Mutation) -> None:
        text = (ROOT / mutation.path).read_text()
        planted = plant(text, mutation)

        assert planted != text
        ast.parse(planted)

    def test_its_test_exists(self, mutation: Mutation) -> None:
        path, _, name = mutation.test.partition("::")

        assert name in list_test_names(ROOT / path)


def test_a_mistake_that_no_longer_fits_is_refused() -> None:
    mutation = MUTATIONS[0]._replace(before="nothing has this text")

    with pytest.raises(ValueError, match="holds what it changes 0 times"):
        plant("anything", mutation)


def test_a_rule_that_has_no_mistake_is_an_error_that_lists_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["R6", "R66"]) == 2

    assert capsys.readouterr().out.startswith("no mistake is planted for R66; there are some for R1, ")
