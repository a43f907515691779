"""The JSON Schemas of events: as committed, valid themselves, small, and strict about what matters."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.export_event_schemas import SCHEMAS_FOLDER
from tracking.events.payloads.json_schemas import write_schemas
from tracking.events.types import EventType

pytestmark = pytest.mark.feature("R13")

MAX_BYTES = 20_000


def read_schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS_FOLDER / f"{name}.json").read_text())
    return schema


def test_committed_schemas_are_those_of_the_payloads() -> None:
    committed = {path.name: path.read_text() for path in SCHEMAS_FOLDER.iterdir()}
    assert committed == write_schemas(), "write them anew with ./dev schema"


def test_there_is_one_for_each_type_and_for_batches_and_pings() -> None:
    assert {path.stem for path in SCHEMAS_FOLDER.iterdir()} == {*(each.value for each in EventType), "batch", "ping"}


@pytest.mark.parametrize("text", write_schemas().values(), ids=write_schemas())
def test_each_is_a_schema_of_its_draft_and_small(text: str) -> None:
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:creatrail:event:{schema['title']}:1"
    assert len(text.encode()) < MAX_BYTES


@pytest.mark.parametrize("event_type", EventType)
def test_every_field_says_what_it_is(event_type: EventType) -> None:
    schema = read_schema(event_type.value)
    parts = [schema, *schema["$defs"].values()]
    missing = [
        name
        for part in parts
        for name, field in part["properties"].items()
        if name != "type" and "description" not in field and "description" not in field.get("anyOf", [{}])[0]
    ]
    assert missing == []


def test_a_click_without_counting_is_refused() -> None:
    validator = Draft202012Validator(read_schema("click.recorded"))
    problems = [problem.message for problem in validator.iter_errors({"type": "click.recorded", "data": {}})]
    assert "'counting' is a required property" in problems
    assert "'sequence' is a required property" in problems
