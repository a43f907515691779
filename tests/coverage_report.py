"""docs/coverage.md: which tests would miss each rule. Written by `python -m tests.coverage_report`, compared by a test.

It reads the `feature` marks in the sources, so a part of the suite, a skipped test or no run at all gives the same.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/coverage.md"
RULE_PAGES = ("ARCHITECTURE.md", "docs/rules.md")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_rules() -> dict[str, str]:
    """ID and text of every rule, in the order of the pages."""
    text = "\n".join((ROOT / page).read_text() for page in RULE_PAGES)
    return dict(re.findall(r"^\| ([A-Z]+\d+) \| (.+?) \|$", text, re.MULTILINE))


def read_marks(folder: Path = ROOT / "tests") -> dict[str, Counter[str]]:
    """For each rule the files with tests of it, and how many tests each has."""
    marks: dict[str, Counter[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for rule in list_marks(path.read_text()):
            marks.setdefault(rule, Counter())[str(path.relative_to(folder))] += 1
    return marks


def list_marks(source: str) -> Iterator[str]:
    """The rules of each test function, one by one: its own, its class's and its module's."""
    tree = ast.parse(source)
    yield from _list_marks_below(tree.body, _rules_of_module(tree))


def write_page(rules: dict[str, str], marks: dict[str, Counter[str]]) -> str:
    tested = sum(1 for rule in rules if rule in marks)
    introduction = (
        f"Written by `./dev coverage` from the marks of the tests: {tested} of {len(rules)} rules have tests."
        " In brackets: how many tests of that file would miss the rule."
    )
    rows = [f"| {rule} | {text} | {_write_tests(marks.get(rule, Counter()))} |" for rule, text in rules.items()]
    return "\n".join(
        [
            "# What the tests cover",
            "",
            introduction,
            "",
            "| Rule | What it says | Tests |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _write_tests(files: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in sorted(files.items()))


def _list_marks_below(nodes: Iterable[ast.stmt], outer: frozenset[str]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from _list_marks_below(node.body, outer | _rules_of(node.decorator_list))
        elif isinstance(node, Function) and node.name.startswith("test_"):
            yield from sorted(outer | _rules_of(node.decorator_list))


def _rules_of_module(tree: ast.Module) -> frozenset[str]:
    values = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)
    ]
    return _rules_of(
        mark for value in values for mark in (value.elts if isinstance(value, ast.List | ast.Tuple) else [value])
    )


def _rules_of(marks: Iterable[ast.expr]) -> frozenset[str]:
    return frozenset(
        str(argument.value)
        for mark in marks
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "feature"
        for argument in mark.args
        if isinstance(argument, ast.Constant)
    )


if __name__ == "__main__":
    PAGE.write_text(write_page(read_rules(), read_marks()))
