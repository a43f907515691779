"""What a client asks, read from the address or the body of a request; refused with a status that says what is wrong."""

import json
from collections.abc import Mapping
from typing import Any, Final

from cross_web import HTTPException
from graphql import GraphQLError, OperationType, get_operation_ast, parse
from strawberry.http import GraphQLRequestData

MAX_DOCUMENT_CHARS: Final = 64 * 1024
# A call of 1,000 items has room for 20 values in each; a list that is a little too long gets its answer as data.
MAX_VALUES: Final = 20_000
MAX_LIST_ITEMS: Final = 2_000
MAX_JSON_SIGNS: Final = 3 * MAX_VALUES  # commas and brackets, of which texts have some too


def read_parameters(parameters: Mapping[str, str]) -> GraphQLRequestData:
    """Of a GET request. An empty value is none."""
    given: dict[str, Any] = {name: value for name, value in parameters.items() if value}
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = read_json(given[name], name)
    return read_operation(given)


def read_json(text: str | bytes, what: str) -> Any:
    """Counted before it is read: a megabyte of brackets would take longer than all the rest of a request."""
    given = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if sum(given.count(sign) for sign in (b",", b"[", b"{")) > MAX_JSON_SIGNS:
        raise HTTPException(413, "These are more values than one request may hold")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"Unable to read {what} as JSON") from error


def read_message(text: str | bytes) -> Any:
    """Of a WebSocket. Numbers without end and lists without a bottom are no JSON either, which is all the library
    expects. Raises JSONDecodeError.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError("unreadable", "", 0) from error


def read_operation(given: Any) -> GraphQLRequestData:
    """The operation, in the forms that the draft gives its parts; null is as good as nothing."""
    if isinstance(given, list):
        raise HTTPException(400, "Send one operation in each request")
    if not isinstance(given, dict):
        raise HTTPException(400, "Send a JSON object with `query`, and `variables` and `operationName` where needed")
    query = given.get("query")
    if not isinstance(query, str) or not query:
        raise HTTPException(400, "`query` is missing: the text of the operation")
    if len(query) > MAX_DOCUMENT_CHARS:
        raise HTTPException(413, f"`query` has at most {MAX_DOCUMENT_CHARS} characters: put values into `variables`")
    operation_name = given.get("operationName")
    if not isinstance(operation_name, str | None):
        raise HTTPException(400, "`operationName` is a string")
    variables = _read_map(given, "variables")
    _check_size(variables)
    return GraphQLRequestData(
        query=query,
        variables=variables,
        operation_name=operation_name,
        extensions=_read_map(given, "extensions"),
        protocol="http",
    )


def is_subscription(data: GraphQLRequestData, max_tokens: int) -> bool:
    """False for what cannot be read, too, which is refused where all documents are."""
    try:
        operation = get_operation_ast(parse(data.query or "", max_tokens=max_tokens), data.operation_name)
    except (GraphQLError, RecursionError):
        return False
    return operation is not None and operation.operation is OperationType.SUBSCRIPTION


def _read_map(given: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = given.get(name)
    if not isinstance(value, dict | None):
        raise HTTPException(400, f"`{name}` is an object")
    return value


def _check_size(variables: dict[str, Any] | None) -> None:
    """Each value is checked, converted and checked again before anybody looks how many there are."""
    count, left = 0, [variables]
    while left:
        value: Any = left.pop()
        if isinstance(value, list) and len(value) > MAX_LIST_ITEMS:
            raise HTTPException(413, f"A list in `variables` has at most {MAX_LIST_ITEMS} items")
        if isinstance(value, dict | list):
            count += len(value)
            left.extend(value.values() if isinstance(value, dict) else value)
        if count > MAX_VALUES:
            raise HTTPException(413, f"`variables` hold at most {MAX_VALUES} values")
