"""JSON Schemas (draft 2020-12) of what is sent: one for each type of event, one for a batch. Pure."""

import json
from typing import Any, Final

import msgspec

from tracking.events.payloads.envelopes import EVENTS, Event, Ping
from tracking.events.types import PAYLOAD_VERSION, EventType

PING_TYPE: Final = "ping"
BATCH_TYPE: Final = "batch"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_BATCH_DESCRIPTION: Final = "Several events in one delivery, in the order of the log."


def write_schemas() -> dict[str, str]:
    """The text of each file, by its name."""
    schemas = {event_type.value: make_schema(event_type.value, EVENTS[event_type]) for event_type in EventType}
    schemas[PING_TYPE] = make_schema(PING_TYPE, Ping)
    schemas[BATCH_TYPE] = make_batch_schema()
    return {f"{name}.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def make_schema(name: str, event: type[Event | Ping]) -> dict[str, Any]:
    (_,), components = msgspec.json.schema_components([event], ref_template="#/$defs/{name}")
    schema: dict[str, Any] = components.pop(event.__name__)
    schema["properties"]["type"] = {"const": name}
    head = {"$schema": _DIALECT, "$id": _name_schema(name), "title": name}
    return {**head, "description": event.__doc__, "type": "object", **_leave(schema), "$defs": _tidy(components)}


def make_batch_schema() -> dict[str, Any]:
    """It refers to the schemas of events by their $id, so that a validator needs those too."""
    events = {
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [{"$ref": _name_schema(event_type.value)} for event_type in EventType]},
    }
    return {
        "$schema": _DIALECT,
        "$id": _name_schema(BATCH_TYPE),
        "title": BATCH_TYPE,
        "description": _BATCH_DESCRIPTION,
        "type": "object",
        "properties": {
            "type": {"const": BATCH_TYPE},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it was begun."},
            "data": {"type": "object", "properties": {"events": events}, "required": ["events"]},
        },
        "required": ["type", "timestamp", "data"],
    }


def _name_schema(name: str) -> str:
    return f"urn:creatrail:event:{name}:{PAYLOAD_VERSION}"


def _leave(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key in {"properties", "required"}}


def _tidy(components: dict[str, Any]) -> dict[str, Any]:
    """Without the names of our classes."""
    return {
        name: {key: value for key, value in component.items() if key not in {"title", "description"}}
        for name, component in sorted(components.items())
    }
