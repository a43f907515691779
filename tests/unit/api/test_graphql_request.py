"""How many values a request may hold: each costs time before anybody looks what it is."""

import json
from typing import Any

import pytest
from cross_web import HTTPException

from api.graphql_request import MAX_DOCUMENT_CHARS, MAX_LIST_ITEMS, MAX_VALUES, read_json, read_operation

MEGABYTE = 1024 * 1024


def read(query: str = "{ __typename }", **variables: Any) -> int:
    """The status of a request, as a client sends it."""
    body = json.dumps({"query": query, "variables": variables}, separators=(",", ":")).encode()
    try:
        read_operation(read_json(body, "the body"))
    except HTTPException as error:
        return error.status_code
    return 200


def test_a_bulk_mutation_of_a_thousand_items_has_room() -> None:
    creator = {"handle": "a, b", "name": "x" * 200, "externalId": "y" * 200, "profiles": [{"handle": "a"}] * 5}
    assert read(input={"creators": [creator] * 1_000}) == 200


@pytest.mark.parametrize(
    ("variables", "status"),
    [
        ({"a": [1] * MAX_LIST_ITEMS}, 200),
        ({"a": [1] * (MAX_LIST_ITEMS + 1)}, 413),
        ({"a": {"b": [[1] * (MAX_LIST_ITEMS + 1)]}}, 413),
        ({"a": [{"b": [1] * 8}] * 1_999}, 200),
        ({"a": [{"b": [1] * 9}] * 2_000}, 413),
        ({f"v{number}": 1 for number in range(MAX_VALUES)}, 200),
        ({f"v{number}": 1 for number in range(MAX_VALUES + 1)}, 413),
    ],
)
def test_values_are_counted_wherever_they_stand(variables: dict[str, Any], status: int) -> None:
    assert read(**variables) == status


def test_a_document_has_its_own_limit() -> None:
    query = "{ __typename }".ljust(MAX_DOCUMENT_CHARS)
    assert [read(query), read(f"{query} ")] == [200, 413]


@pytest.mark.parametrize(
    "content", ["[[]" + ",[]" * (MEGABYTE // 4) + "]", "[" * MEGABYTE, "[0" + ",0" * 500_000 + "]"]
)
def test_what_holds_too_much_is_refused_unread(content: str) -> None:
    with pytest.raises(HTTPException) as refusal:
        read_json(content, "variables")
    assert refusal.value.status_code == 413  # who read it would say 400, or find nothing wrong
