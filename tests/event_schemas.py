"""Checks what is sent to webhook endpoints against the JSON Schemas that are committed."""

import datetime as dt
import json
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from api.export_event_schemas import SCHEMAS_FOLDER
from tracking.events.payloads.envelopes import ImportFinished, write_event
from tracking.events.payloads.things import ImportPayload
from tracking.events.types import PAYLOAD_VERSION

_MOMENT: Final = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)


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


def write_small_event(event_id: str) -> bytes:
    """One that its schema has nothing against, about an import that nobody made."""
    payload = ImportPayload(
        id="SW1wb3J0OjE",
        kind="CREATORS",
        format="CSV",
        status="COMPLETED",
        failure=None,
        is_dry_run=False,
        rows_done=1,
        created=1,
        updated=0,
        unchanged=0,
        bad=0,
        created_at=_MOMENT,
        ended_at=_MOMENT,
        campaign=None,
    )
    event = ImportFinished(
        id=event_id,
        version=PAYLOAD_VERSION,
        sequence=1,
        timestamp=_MOMENT,
        occurred_at=_MOMENT,
        recorded_at=_MOMENT,
        data=payload,
    )
    return write_event(event)
