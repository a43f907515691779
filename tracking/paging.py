"""Keyset pages in SQL: conditions with their parameters, and where a page starts. Used by the reads that lists need."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple


class Window(NamedTuple):
    """Up to `limit` rows beyond `bound`, the sort key of a row, which itself is not among them.

    Rows come in the direction of the page: a page backwards is read backwards.
    """

    limit: int
    bound: Sequence[Any] | None = None
    is_backward: bool = False


class Conditions:
    """What rows must fulfil, with numbered parameters; values never become part of the text."""

    def __init__(self, *parameters: Any) -> None:
        """`parameters` take the first numbers, for use elsewhere in the statement."""
        self.parameters: list[Any] = list(parameters)
        self._clauses: list[str] = []

    def bind(self, value: Any) -> str:
        """The placeholder of a value. Text that PostgreSQL cannot hold becomes text that no row holds."""
        self.parameters.append(_make_storable(value))
        return f"${len(self.parameters)}"

    def add(self, clause: str, value: Any) -> None:
        """`{}` in the clause stands for the value."""
        self._clauses.append(clause.format(self.bind(value)))

    def add_if_given(self, clause: str, value: Any | None) -> None:
        if value is not None:
            self.add(clause, value)

    def require(self, clause: str) -> None:
        self._clauses.append(clause)

    def search(self, columns: Sequence[str], text: str | None) -> None:
        """Any of the columns holds the text, in any case. None and nothing restrict nothing."""
        if text:
            pattern = self.bind("%" + re.sub(r"([\\%_])", r"\\\1", text) + "%")
            self._clauses.append("(" + " OR ".join(f"{column} ILIKE {pattern}" for column in columns) + ")")

    def add_archived(self, is_archived: bool | None, column: str = "archived_at") -> None:
        """Archived rows, those in use, or with None both."""
        if is_archived is not None:
            self.require(f"{column} IS {'NOT NULL' if is_archived else 'NULL'}")

    @property
    def where(self) -> str:
        return " AND ".join(self._clauses) or "true"

    def page(self, columns: Sequence[str], window: Window, *, is_descending: bool) -> str:
        """`WHERE … ORDER BY … LIMIT …` over all conditions. `columns` together are unique, and never null;
        the id, which makes them so, may be the one that is sorted by.
        """
        columns = list(dict.fromkeys(columns))
        goes_down = is_descending != window.is_backward
        if window.bound is not None:
            placeholders = ", ".join(self.bind(value) for value in window.bound)
            self._clauses.append(f"({', '.join(columns)}) {'<' if goes_down else '>'} ({placeholders})")
        direction = "DESC" if goes_down else "ASC"
        order = ", ".join(f"{column} {direction}" for column in columns)
        return f"WHERE {self.where} ORDER BY {order} LIMIT {self.bind(window.limit)}"


def _make_storable(value: Any) -> Any:
    if isinstance(value, list):
        return [_make_storable(each) for each in value]
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
