"""How every program logs: one line per event on standard error, readable or as JSON. Called once, at its start."""

import logging
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from tracking.clock import read_ms
from tracking.settings import Settings

# PostgreSQL quotes the row that it refuses: names, e-mail addresses, whatever stands in it.
_ROW_VALUES: Final = re.compile(r"^DETAIL: .*(?:\n(?!HINT:|\n|Traceback ).*)*", re.MULTILINE)

# Control characters, and those that turn the direction of text.
_COMMANDS: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_IN_A_LINE: Final = re.compile(rf"[\n{_COMMANDS}]")
_IN_LINES: Final = re.compile(f"[{_COMMANDS}]")


def configure_logging(settings: Settings, program: str = "creatrail") -> None:
    """Never log query strings, tokens or full addresses: nothing here removes them.

    Lines of libraries have the same fields as ours, and `logger` besides.
    """
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    whose = {"program": program, "process": os.getpid()}
    renderer: Any = (
        structlog.processors.JSONRenderer() if settings.log_json else _HarmlessConsole(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler()
    handler.setFormatter(_LibraryFormatter(renderer, whose if settings.log_json else {}))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler])

    def say_whose(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**event, **whose}

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *([say_whose] if settings.log_json else []),
            _hide_row_values_of_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def log_start(settings: Settings, **listens: str) -> None:
    """What the program runs with, in one line, without a secret."""
    structlog.get_logger().info(
        "starting",
        python=sys.version.split()[0],
        stores=repr(settings),
        traces_to=settings.otel_exporter_otlp_endpoint and _name_host(settings.otel_exporter_otlp_endpoint),
        faults=settings.faults or None,
        **listens,
    )


def _name_host(url: str) -> str | None:
    return urlsplit(url).hostname


def hide_row_values(text: str) -> str:
    return _ROW_VALUES.sub("DETAIL: hidden, as it quotes a row", text)


class _HarmlessConsole(structlog.dev.ConsoleRenderer):
    """What strangers sent may stand in messages of libraries and in errors: it commands no terminal."""

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        for field, forbidden in (("event", _IN_A_LINE), ("exception", _IN_LINES)):
            if isinstance(event.get(field), str):
                event[field] = forbidden.sub(_escape, event[field])
        return super().__call__(logger, name, event)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


class _LibraryFormatter(logging.Formatter):
    """For what libraries log."""

    def __init__(self, renderer: Any, whose: Mapping[str, Any]) -> None:
        super().__init__()
        self._renderer = renderer
        self._whose = whose

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "timestamp": f"{read_ms(int(record.created * 1000)):%Y-%m-%dT%H:%M:%S.%fZ}",
            "logger": record.name,
            **self._whose,
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        line: str = self._renderer(None, "", _hide_row_values_of_event(None, "", event))
        return line


def _hide_row_values_of_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = hide_row_values(value)
    return event
