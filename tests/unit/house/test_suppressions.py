"""Whoever silences the linter or the type checker says which rule and why."""

import io
import re
import tokenize
from collections.abc import Iterable, Iterator

import pytest

from tests.unit.house.sources import Source, read_python_sources

SILENCES = re.compile(r"#\s*(noqa|type:\s*ignore|ruff:|mypy:|pragma:)", re.IGNORECASE)
REASON = r"\s+(--|#)\s*\w.{6,}"
SAYS_WHAT_AND_WHY = re.compile(
    rf"#\s*(noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*{REASON}|type:\s*ignore\[[a-z-]+(,\s*[a-z-]+)*\]{REASON})"
)


def find_bare_suppressions(sources: Iterable[Source]) -> list[str]:
    """Comments that silence a checker in any way but `# noqa: CODE -- why` and `# type: ignore[code]  # why`."""
    return [
        f"{source.path}:{line} {comment}"
        for source in sources
        if not source.is_migration
        for line, comment in _list_comments(source)
        if SILENCES.search(comment) and not SAYS_WHAT_AND_WHY.search(comment)
    ]


def _list_comments(source: Source) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


class TestSuppressions:
    def test_each_names_its_rule_and_its_reason(self) -> None:
        assert find_bare_suppressions(read_python_sources()) == []


class TestChecker:
    @pytest.mark.parametrize(
        "comment",
        [
            "# noqa",
            "# noqa: TID251",
            "# noqa -- its one home",
            "# type: ignore",
            "# type: ignore[arg-type]",
            "# type: ignore  # the stubs are wrong",
            "# ruff: noqa",
            "# pragma: no cover",
        ],
    )
    def test_one_without_rule_or_reason_is_reported(self, comment: str) -> None:
        assert len(find_bare_suppressions([Source("worker/a.py", f"x = 1  {comment}\n")])) == 1

    @pytest.mark.parametrize(
        "comment",
        [
            "# noqa: TID251 -- its one home",
            "# noqa: S603, S607 -- starts the real program",
            "# type: ignore[arg-type]  # the stubs know no memoryview",
            "# a usual comment",
        ],
    )
    def test_one_with_both_is_not_reported(self, comment: str) -> None:
        assert find_bare_suppressions([Source("worker/a.py", f"x = 1  {comment}\n")]) == []

    def test_text_that_is_no_comment_is_not_reported(self) -> None:
        assert find_bare_suppressions([Source("worker/a.py", 'x = "# noqa"\n')]) == []
