"""Files of at most 300 lines and functions of at most 40, tests too, so that each fits in a reader's head."""

import ast
from collections.abc import Iterable

from tests.unit.house.sources import Source, read_python_sources

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40


def find_oversized(sources: Iterable[Source]) -> list[str]:
    """Migrations are exempt: a generated one is as long as the schema is."""
    found: list[str] = []
    for source in sources:
        if source.is_migration:
            continue
        lines = len(source.text.splitlines())
        if lines > MAX_FILE_LINES:
            found.append(f"{source.path} has {lines} lines")
        found += _find_long_functions(source)
    return found


def _find_long_functions(source: Source) -> list[str]:
    functions = (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    lengths = ((node, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions)
    return [
        f"{source.path}:{node.lineno} {node.name} has {length} lines"
        for node, length in lengths
        if length > MAX_FUNCTION_LINES
    ]


class TestSizes:
    def test_no_file_and_no_function_is_too_long(self) -> None:
        assert find_oversized(read_python_sources()) == []


class TestChecker:
    def test_the_first_line_too_many_of_a_file_is_reported(self) -> None:
        assert find_oversized([Source("worker/a.py", "x = 1\n" * 300)]) == []
        assert find_oversized([Source("worker/a.py", "x = 1\n" * 301)]) == ["worker/a.py has 301 lines"]

    def test_the_first_line_too_many_of_a_function_is_reported(self) -> None:
        body = "    x = 1\n"

        assert find_oversized([Source("worker/a.py", f"def f():\n{body * 39}")]) == []
        assert find_oversized([Source("worker/a.py", f"async def f():\n{body * 40}")]) == [
            "worker/a.py:1 f has 41 lines"
        ]

    def test_migrations_are_exempt(self) -> None:
        assert find_oversized([Source("tracking/migrations/0001_entities.py", "x = 1\n" * 301)]) == []
