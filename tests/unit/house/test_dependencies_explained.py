"""ADR 0011 gives a reason for every dependency, and for none that is gone."""

import re
import tomllib
from itertools import chain
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.unit.house.sources import ROOT

PAGE = (ROOT / "docs/adr/0011-dependencies.md").read_text()


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def read_names(requirements: list[str]) -> set[str]:
    return {Requirement(text).name for text in requirements}


class TestDependencies:
    def test_what_runs_has_a_row_each(self, pyproject: dict[str, Any]) -> None:
        project = pyproject["project"]

        assert set(re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)) == read_names(
            [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
        )

    def test_what_tests_need_is_named(self, pyproject: dict[str, Any]) -> None:
        [paragraph] = re.findall(r"^For tests and tools alone: (.+?)\n\n", PAGE, re.MULTILINE | re.DOTALL)

        assert set(re.findall(r"`([^`]+)`", paragraph)) == read_names(pyproject["dependency-groups"]["dev"])

    def test_licence_and_python_are_declared(self, pyproject: dict[str, Any]) -> None:
        assert pyproject["project"]["license"] == "MIT"
        assert (ROOT / "LICENSE").read_text().startswith("MIT License")
        assert pyproject["project"]["requires-python"] == ">=3.11"
