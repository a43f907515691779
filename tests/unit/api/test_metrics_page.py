"""docs/metrics.md explains every metric of the graph, and none that the graph has not."""

import re
from pathlib import Path
from typing import Final

import pytest
from graphql import GraphQLObjectType

from tests.schema_walk import GRAPH

PAGE: Final = Path(__file__).parents[3] / "docs" / "metrics.md"
EXPLAINED: Final = ("Six columns that add up, and their sum", "What counts", "What clicks were worth")
TERMS: Final = "What others call it"
METHODS: Final = "How sure a unique click is"


def list_fields(type_name: str) -> set[str]:
    kind = GRAPH.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    return set(kind.fields)


def read_rows(page: str, heading: str) -> list[str]:
    """The names that rows of the table under a heading begin with."""
    [section] = [part for part in page.split("\n## ") if part.startswith(heading)]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)[1 if heading == METHODS else 0 :]


def find_gaps(page: str) -> dict[str, set[str]]:
    """By heading: what is missing or too much."""
    explained = [name for heading in EXPLAINED for name in read_rows(page, heading)]
    gaps = {
        "explained": set(explained) ^ list_fields("Metrics"),
        TERMS: set(read_rows(page, TERMS)) ^ list_fields("Metrics"),
        METHODS: set(read_rows(page, METHODS)) ^ list_fields("UniqueMethods"),
    }
    return {heading: names for heading, names in gaps.items() if names}


@pytest.mark.feature("TR10", "TR27")
def test_every_metric_is_explained_and_named_as_others_do() -> None:
    assert find_gaps(PAGE.read_text()) == {}


@pytest.mark.parametrize(
    ("row", "heading", "name"),
    [
        ("| `testClicks` | links", "explained", "testClicks"),
        ("| `netValue` | `grossValue", "explained", "netValue"),
        ("| `testClicks` | none", TERMS, "testClicks"),
        ("| `none` |", METHODS, "none"),
    ],
)
def test_a_metric_without_its_row_is_found(row: str, heading: str, name: str) -> None:
    page = PAGE.read_text()
    assert row in page

    assert find_gaps(page.replace(row, "| gone |")) == {heading: {name}}
