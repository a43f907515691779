"""Checks what is sent to webhook endpoints against the JSON Schemas that are committed."""

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from api.export_event_schemas import SCHEMAS_FOLDER


class UnlikeItsSchemaError(AssertionError):
    """What was sent is not what its schema says."""


def check_body(body: bytes) -> dict[str, Any]:
    """What it says. Raises UnlikeItsSchemaError."""
    told: dict[str, Any] = json.loads(body)
    validators = _read_validators()
    if told.get("type") not in validators:
        raise UnlikeItsSchemaError(f"no schema of {told.get('type')!r}")
    problems = [f"{problem.json_path}: {problem.message}" for problem in validators[told["type"]].iter_errors(told)]
    if problems:
        raise UnlikeItsSchemaError("\n".join(problems))
    return told


@cache
def _read_validators() -> dict[str, Draft202012Validator]:
    """By type of event. They refuse what no schema names: a field is added there first."""
    schemas = [_forbid_more(json.loads(path.read_text())) for path in SCHEMAS_FOLDER.glob("*.json")]
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas
    )
    return {schema["title"]: Draft202012Validator(schema, registry=registry) for schema in schemas}


def _forbid_more(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_forbid_more(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _forbid_more(value) for key, value in schema.items()}
    return strict | {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else strict
