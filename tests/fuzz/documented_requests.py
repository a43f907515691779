"""Requests that `docs/openapi.yaml` allows, as they go over the wire: some with names that are there, some without."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

FORM: Final = "application/x-www-form-urlencoded"

Known = Mapping[str, Sequence[str]]
"""What a site has, by the name of a parameter; a token by the path before it."""


class Asked(NamedTuple):
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes


def write_request(case: Any, known: Known, place: int | None = None) -> Asked:
    """With the known names in their places, the one at `place` of each; None leaves what schemathesis made up."""
    path_parameters, query, body = dict(case.path_parameters or {}), dict(case.query or {}), case.body
    given = dict(case.headers or {})
    if place is not None:
        names = _choose(case.path, known, place)
        path_parameters |= {name: names[name] for name in path_parameters if name in names}
        query |= {each.name: names[each.name] for each in case.operation.query if each.name in names}
        given |= {each.name: names[each.name] for each in case.operation.headers if each.name in names}
        if isinstance(body, dict):
            body = body | {name: value for name, value in names.items() if name not in path_parameters}
    case.path_parameters = path_parameters
    headers = [(name, str(value)) for name, value in given.items()]
    content = _write_body(body, case.media_type)
    if case.method != "GET":
        headers += [("content-type", case.media_type or FORM), ("content-length", str(len(content)))]
    return Asked(case.method, case.formatted_path, _write_form(query), headers, content)


def _choose(path: str, known: Known, place: int) -> dict[str, str]:
    before_token, _, _ = path.partition("{token}")
    names = {name: values[place % len(values)] for name, values in known.items() if not name.startswith("/")}
    tokens = known.get(before_token)
    return names | ({"token": tokens[place % len(tokens)]} if tokens else {})


def _write_form(fields: Mapping[str, Any]) -> str:
    return urlencode({name: str(value) for name, value in fields.items()}, errors="replace")


def _write_body(body: Any, media_type: str | None) -> bytes:
    if isinstance(body, dict):
        return json.dumps(body).encode() if media_type == "application/json" else _write_form(body).encode()
    return body.encode(errors="replace") if isinstance(body, str) else b""
