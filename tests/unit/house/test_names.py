"""Names that say nothing are not used, and every module but a test says in a docstring what it is."""

import ast
from collections.abc import Iterable
from pathlib import PurePosixPath

import pytest

from tests.unit.house.sources import Source, read_python_sources

SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "base", "manager", "misc", "core", "stuff"}

FILES_OF_A_NOUN_IN_THE_API = {"__init__", "types", "queries", "mutations", "loaders", "subscriptions"}


def find_empty_names(sources: Iterable[Source]) -> list[str]:
    return [
        source.path
        for source in sources
        if SAYS_NOTHING & {part.removeprefix("test_") for part in PurePosixPath(source.path).with_suffix("").parts}
    ]


def find_silent_modules(sources: Iterable[Source]) -> list[str]:
    """Modules that hold code but no docstring. The names of tests say it already, and migrations are generated."""
    return [
        source.path
        for source in sources
        if source.text.strip()
        and not source.is_migration
        and not PurePosixPath(source.path).name.startswith("test_")
        and ast.get_docstring(source.tree) is None
    ]


def find_unusual_files_of_nouns(sources: Iterable[Source]) -> list[str]:
    """Files in api/<noun>/ whose name does not say which of the usual jobs they do."""
    paths = [PurePosixPath(source.path) for source in sources]
    return [
        str(path)
        for path in paths
        if path.parts[0] == "api" and len(path.parts) == 3 and path.stem not in FILES_OF_A_NOUN_IN_THE_API
    ]


class TestNames:
    def test_no_module_and_no_folder_has_a_name_that_says_nothing(self) -> None:
        assert find_empty_names(read_python_sources()) == []

    def test_every_module_says_what_it_is(self) -> None:
        assert find_silent_modules(read_python_sources()) == []

    def test_the_same_file_name_does_the_same_job_in_every_noun_of_the_api(self) -> None:
        assert find_unusual_files_of_nouns(read_python_sources()) == []


class TestCheckers:
    @pytest.mark.parametrize(
        "path", ["worker/utils.py", "api/common/ids.py", "tests/unit/helpers.py", "tests/test_base.py"]
    )
    def test_a_name_that_says_nothing_is_reported(self, path: str) -> None:
        assert find_empty_names([Source(path, "")]) == [path]

    def test_a_longer_name_is_not_reported(self) -> None:
        assert find_empty_names([Source("worker/database.py", ""), Source("worker/base64_ids.py", "")]) == []

    def test_an_unusual_file_of_a_noun_is_reported(self) -> None:
        paths = ["api/links/types.py", "api/links/__init__.py", "api/errors.py", "api/links/resolvers.py"]

        assert find_unusual_files_of_nouns([Source(path, "") for path in paths]) == ["api/links/resolvers.py"]

    def test_a_module_without_docstring_is_reported(self) -> None:
        sources = [Source("worker/a.py", "x = 1"), Source("worker/b.py", '"""Says it."""'), Source("c/__init__.py", "")]

        assert find_silent_modules(sources) == ["worker/a.py"]
