"""What a client asks, read from the address or the body of a request; refused with a status that says what is wrong."""

import json
from collections.abc import Mapping
from typing import Any

from cross_web import HTTPException
from strawberry.http import GraphQLRequestData


def read_parameters(parameters: Mapping[str, str]) -> GraphQLRequestData:
    """Of a GET request. An empty value is none."""
    given: dict[str, Any] = {name: value for name, value in parameters.items() if value}
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = read_json(given[name], name)
    return read_operation(given)


def read_json(text: str | bytes, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"Unable to read {what} as JSON") from error


def read_operation(given: Any) -> GraphQLRequestData:
    """The operation, in the forms that the draft gives its parts; null is as good as nothing."""
    if isinstance(given, list):
        raise HTTPException(400, "Send one operation in each request")
    if not isinstance(given, dict):
        raise HTTPException(400, "Send a JSON object with `query`, and `variables` and `operationName` where needed")
    query = given.get("query")
    if not isinstance(query, str) or not query:
        raise HTTPException(400, "`query` is missing: the text of the operation")
    operation_name = given.get("operationName")
    if not isinstance(operation_name, str | None):
        raise HTTPException(400, "`operationName` is a string")
    return GraphQLRequestData(
        query=query,
        variables=_read_map(given, "variables"),
        operation_name=operation_name,
        extensions=_read_map(given, "extensions"),
        protocol="http",
    )


def _read_map(given: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = given.get(name)
    if not isinstance(value, dict | None):
        raise HTTPException(400, f"`{name}` is an object")
    return value
