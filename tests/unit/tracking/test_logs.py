"""What never gets into logs: the values of rows that PostgreSQL quotes when it refuses them."""

import json
import subprocess
import sys

import pytest

from tracking.logs import hide_row_values

# In a process of its own, as how a process logs is set once for all.
FAIL = """
import logging
from types import SimpleNamespace
import asyncpg, structlog
from tracking.logs import configure_logging
configure_logging(SimpleNamespace(log_level="INFO", log_json=AS_JSON))
error = asyncpg.UniqueViolationError("duplicate key")
error.detail = "Key (external_id)=(anna@mail.example) already exists."
log = structlog.get_logger()
log.warning("retrying", detail=str(error))
try:
    raise error
except asyncpg.UniqueViolationError:
    log.exception("field_failed")
    logging.getLogger("arq.worker").exception("job failed")
"""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("duplicate key\nDETAIL:  Failing row contains (1, anna\nanna, x).", "duplicate key\n…"),
        ("duplicate key\nDETAIL:  Key (a)=(anna).\nHINT:  look", "duplicate key\n…\nHINT:  look"),
        (
            "refused\nDETAIL:  anna\n\nThe above exception was\n\nTraceback:",
            "refused\n…\n\nThe above exception was\n\nTraceback:",
        ),
        ("a DETAIL: of the story", "a DETAIL: of the story"),
    ],
)
def test_values_go_and_what_went_wrong_stays(text: str, shown: str) -> None:
    assert hide_row_values(text) == shown.replace("…", "DETAIL: hidden, as it quotes a row")


@pytest.mark.parametrize("as_json", [True, False])
def test_neither_our_lines_nor_those_of_libraries_hold_them(as_json: bool) -> None:
    script = FAIL.replace("AS_JSON", repr(as_json))

    logged = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr

    assert "anna" not in logged
    assert logged.count("DETAIL: hidden") == 3


FORGE = """
import logging
from types import SimpleNamespace
import structlog
from tracking.logs import configure_logging
configure_logging(SimpleNamespace(log_level="INFO", log_json=AS_JSON))
evil = "harmless\\nforged\\x1b[2J\\x9b2J\\r\\u202e"
logging.getLogger("uvicorn.error").warning("refused: %s", evil)
structlog.get_logger().warning("refused", agent=evil, raw=evil.encode())
try:
    raise ValueError(evil)
except ValueError:
    structlog.get_logger().exception("failed")
"""


@pytest.mark.parametrize("as_json", [True, False])
def test_what_strangers_send_commands_no_terminal_and_forges_no_line(as_json: bool) -> None:
    script = FORGE.replace("AS_JSON", repr(as_json))

    logged = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stderr.decode()

    assert not set(logged) & set("\x1b\x9b\r\u202e")
    # an error on a terminal is told in lines, below the time that no forged one has
    assert sum(line.startswith("forged") for line in logged.split("\n")) == (0 if as_json else 1)
    assert logged.count("forged") == 4


SPEAK = """
import logging
from types import SimpleNamespace
import structlog
from tracking.logs import configure_logging, log_start
from tracking.settings import load_settings
secret = "c2VjcmV0c2VjcmV0c2VjcmV0"
settings = load_settings({
    "DATABASE_URL": "postgresql://user:hunter2@db/name", "REDIS_URL": "redis://:hunter2@redis", "LOG_JSON": "true",
    "CLICK_TOKEN_KEYS": "1:" + secret, "COOKIE_SECRET": secret,
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:hunter2@collector:4318",
})
configure_logging(settings, "api")
log_start(settings, listens="127.0.0.1:8000")
structlog.get_logger().warning("clicks wait", waiting=7)
logging.getLogger("arq.worker").warning("job %s failed", "a")
"""


def test_all_lines_of_a_program_have_the_same_fields() -> None:
    logged = subprocess.run([sys.executable, "-c", SPEAK], capture_output=True, text=True, check=True).stderr

    start, own, of_library = (json.loads(line) for line in logged.splitlines())
    always = {"event", "level", "timestamp", "program", "process"}
    assert [always - line.keys() for line in (start, own, of_library)] == [set()] * 3
    assert {line["program"] for line in (start, own, of_library)} == {"api"}
    assert (own["event"], own["waiting"], own.keys() - always) == ("clicks wait", 7, {"waiting"})
    assert (of_library["event"], of_library["logger"], of_library["level"]) == ("job a failed", "arq.worker", "warning")
    assert (start["event"], start["listens"], start["traces_to"]) == ("starting", "127.0.0.1:8000", "collector")
    assert [each for each in ("hunter2", "c2VjcmV0") if each in logged] == []
