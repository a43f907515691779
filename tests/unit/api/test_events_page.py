"""docs/events.md: its operations are the graph's, its words the code's, and its lines stand in the examples."""

import base64
import hmac
import json
import re
import time
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from api.events.types import GapReason
from api.http import MAX_SUBSCRIPTIONS_A_CONNECTION
from api.http_streams import HEARTBEATS_S, MULTIPART, SSE
from api.limits import MAX_EVENT_COST
from api.main import PING_S, UNREAD_S
from api.schema import schema
from tests.event_schemas import UnlikeItsSchemaError, check_body
from tests.servers import make_settings
from tests.unit.house.sources import ROOT
from tracking.clock import now_ms
from tracking.events.types import PAYLOAD_VERSION, EventType
from tracking.webhooks.schedule import WAITS_S
from tracking.webhooks.signing import sign

pytestmark = pytest.mark.feature("R13")

PAGE = (ROOT / "docs/events.md").read_text()
EXAMPLES = ROOT / "examples/events"
OPERATIONS = re.findall(r"```graphql\n(.+?)```", PAGE, re.DOTALL)
UNITS = (("h", 3_600), ("min", 60), ("s", 1))


def write_wait(seconds: int) -> str:
    return next(f"{seconds // size} {unit}" for unit, size in UNITS if seconds % size == 0)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_one_of_the_graph(operation: str) -> None:
    assert validate(build_schema(schema.as_str()), parse(operation)) == []


def test_an_operation_with_a_field_that_the_graph_lacks_would_be_seen() -> None:
    mistaken = OPERATIONS[0].replace("sequence", "number")

    assert len(validate(build_schema(schema.as_str()), parse(mistaken))) == 1


@pytest.mark.parametrize("page", [PAGE, (EXAMPLES / "README.md").read_text()], ids=["docs", "examples"])
def test_every_file_that_is_linked_is_there(page: str) -> None:
    folder = ROOT / "docs" if page is PAGE else EXAMPLES
    targets = {target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", page) if not target.startswith("http")}

    assert {target for target in targets if not (folder / target).resolve().exists()} == set()


def test_the_catalogue_has_every_type_with_its_schema() -> None:
    catalogue = PAGE.split("\n## Catalogue\n")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z]+\.[a-z]+)`", catalogue))
    schemas = {
        path: json.loads((ROOT / "docs" / path).read_text()) for path in re.findall(r"\((event-[^)]+)\)", catalogue)
    }

    assert named == {each.value for each in EventType}
    assert {each["$id"].split(":")[3] for each in schemas.values()} == {*named, "batch"}
    assert f'"version": {PAYLOAD_VERSION}' in PAGE


def test_every_reason_of_a_gap_is_explained() -> None:
    assert [reason.value for reason in GapReason if f"`{reason.value}`" not in PAGE] == []


def test_figures_are_those_of_the_code() -> None:
    settings = make_settings("", "", ROOT)
    words = PAGE.replace("\n", " ")
    first, *others = [write_wait(seconds) for seconds in WAITS_S]

    assert first == "0 h"
    assert f"`STREAMS_PER_KEY`, {settings.streams_per_key:,} unless set" in words
    assert f"`EVENT_RETENTION_DAYS`: {settings.event_retention_days} days unless set" in words
    assert f"An answer has {settings.webhook_timeout_s:.0f} s." in words
    assert f"at once, and then after {', '.join(others[:-1])} and {others[-1]}." in words
    assert f"| a cost of {MAX_EVENT_COST:,}, reckoned" in PAGE
    assert f"| Operations on one WebSocket | {MAX_SUBSCRIPTIONS_A_CONNECTION} |" in PAGE
    assert f"| for {UNREAD_S} s, while there is something to read: its connection is closed |" in PAGE
    assert f"a ping every {PING_S} s" in words
    assert f"| for {PING_S} s: it is closed |" in PAGE
    assert f"a comment after {HEARTBEATS_S[SSE]:.0f} s of silence" in words
    assert f"an empty part after {HEARTBEATS_S[MULTIPART]:.0f} s of silence" in words


@pytest.mark.parametrize(
    ("language", "file"), [("python", "python/receiver.py"), ("typescript", "typescript/receiver.ts")]
)
def test_what_verifies_a_webhook_is_what_the_examples_do(language: str, file: str) -> None:
    line, *_ = re.findall(rf"```{language}\n(.+?)\n```", PAGE, re.DOTALL)
    library, call = re.findall(r"install (\S+)", line)[0], ".verify("

    source = (EXAMPLES / file).read_text()
    assert library in source
    assert call in line
    assert call in source


def test_the_event_that_is_shown_is_as_its_schema_says() -> None:
    [shown] = re.findall(r"```json\n(.+?)\n```", PAGE, re.DOTALL)

    assert check_body(shown.encode())["type"] == "click.recorded"
    with pytest.raises(UnlikeItsSchemaError):
        check_body(shown.replace('"counting"', '"count"').encode())


@pytest.mark.parametrize(
    ("body", "age_s", "verdict"),
    [(b"{}", 0, (True, True)), (b"{ }", 0, (False, True)), (b"{}", 600, (True, False))],
    ids=["ours", "changed on its way", "old"],
)
def test_a_signature_is_verified_by_hand_as_the_page_says(body: bytes, age_s: int, verdict: tuple[bool, bool]) -> None:
    _, by_hand = re.findall(r"```python\n(.+?)\n```", PAGE, re.DOTALL)
    secrets, at_s = [bytes(range(32)), bytes(32)], now_ms() // 1000 - age_s
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(at_s),
        "webhook-signature": sign(secrets, "evt_1", at_s, b"{}"),
    }
    known: dict[str, Any] = {
        **{module.__name__: module for module in (base64, hmac, time)},
        "secret": "whsec_" + base64.b64encode(secrets[1]).decode(),
        "headers": headers,
        "body": body,
    }
    exec(by_hand, known)  # noqa: S102 -- it is our own page

    assert (known["is_signed"], known["is_fresh"]) == verdict
