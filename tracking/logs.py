"""How every program logs: one line per event on standard error, readable or as JSON. Called once, at its start."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from tracking.settings import Settings

# PostgreSQL quotes the row that it refuses: names, e-mail addresses, whatever stands in it.
_ROW_VALUES: Final = re.compile(r"^DETAIL: .*(?:\n(?!HINT:|\n|Traceback ).*)*", re.MULTILINE)


def configure_logging(settings: Settings) -> None:
    """Never log query strings, tokens or full addresses: nothing here removes them."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    handler = logging.StreamHandler()
    handler.setFormatter(_DiscreetFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler])
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _hide_row_values_of_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def hide_row_values(text: str) -> str:
    return _ROW_VALUES.sub("DETAIL: hidden, as it quotes a row", text)


class _DiscreetFormatter(logging.Formatter):
    """For what libraries log."""

    def format(self, record: logging.LogRecord) -> str:
        return hide_row_values(super().format(record))


def _hide_row_values_of_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = hide_row_values(value)
    return event
