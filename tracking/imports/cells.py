"""Reads the cells of a row one by one, and notes what is wrong with each. Pure."""

import datetime as dt
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from tracking.errors import DomainError
from tracking.imports.rules import Problem, ProblemCode, describe_problem
from tracking.text import check_text

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)


class Cells:
    """An empty cell and a missing column say the same: nothing. Each reader answers None for them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems: list[Problem] = []

    def has(self, column: str) -> bool:
        return bool(self._values.get(column))

    def take(self, column: str, read: Callable[[str], Value]) -> Value | None:
        """What `read` makes of the cell; None too when it raises DomainError or ValueError, which is noted."""
        value = self._values.get(column)
        if not value:
            return None
        try:
            return read(value)
        except DomainError as error:
            self.problems.append(describe_problem(error, column, value))
        except ValueError as error:
            self.problems.append(Problem(column, value, ProblemCode.INVALID, str(error)))
        return None

    def take_text(self, column: str, max_chars: int) -> str | None:
        return self.take(column, lambda value: check_text(value, column, max_chars=max_chars))

    def take_choice(self, column: str, choices: type[Choice]) -> Choice | None:
        """In any case."""

        def read(value: str) -> Choice:
            found = choices.__members__.get(value.upper())
            if found is None:
                raise ValueError(f"{column} is one of {', '.join(choices.__members__)}")
            return found

        return self.take(column, read)

    def take_day(self, column: str) -> dt.date | None:
        def read(value: str) -> dt.date:
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                raise ValueError(f"{column} is a day such as 2026-11-21") from None

        return self.take(column, read)

    def take_count(self, column: str, most: int) -> int | None:
        def read(value: str) -> int:
            if not (value.isascii() and value.isdecimal() and len(value) <= 18 and int(value) <= most):
                raise ValueError(f"{column} is a whole number from 0 to {most}")
            return int(value)

        return self.take(column, read)

    def refuse(self, column: str, code: ProblemCode, message: str) -> None:
        self.problems.append(Problem(column, self._values.get(column, ""), code, message))
