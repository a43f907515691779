"""Counts the SQL statements of this process, by asyncpg's own loggers: for tests of what must not grow with rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

_OF_ASYNCPG = ("typeinfo_tree", "'jit'")


@contextmanager
def recorded_statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements of every connection that is opened within, in order.

    Left out is what asyncpg asks on its own: to clean a connection, and once for each type that is new to it.
    """
    statements: list[str] = []
    open_connection = asyncpg.Connection.__init__

    def note(connection: asyncpg.Connection, statement: str) -> None:
        if statement != connection.get_reset_query() and not any(mark in statement for mark in _OF_ASYNCPG):
            statements.append(statement)

    def open_recorded(self: asyncpg.Connection, *arguments: Any, **options: Any) -> None:
        open_connection(self, *arguments, **options)
        self.add_query_logger(lambda record: note(self, record.query))

    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "__init__", open_recorded)
        yield statements
