"""What a bench found: figures with their gates, and the tables around them; printed by __main__.py."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Gate:
    """The bound that a figure must hold, and the better one that we aim for. Either a floor or a ceiling."""

    bound: float
    ambition: float | None = None
    is_ceiling: bool = False

    def is_held_by(self, value: float) -> bool:
        return value <= self.bound if self.is_ceiling else value >= self.bound

    def describe(self) -> str:
        sign = "≤" if self.is_ceiling else "≥"
        ambition = "" if self.ambition is None else f" (ambition {self.ambition:g})"
        return f"{sign} {self.bound:g}{ambition}"


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    gate: Gate | None = None
    rounds: Sequence[float] = ()

    @classmethod
    def median(cls, name: str, rounds: Iterable[float], gate: Gate | None = None) -> Self:
        """The median of what each round gave: one disturbed round moves it little."""
        values = list(rounds)
        return cls(name, statistics.median(values), gate, values)

    @property
    def is_held(self) -> bool:
        return self.gate is None or self.gate.is_held_by(self.value)

    def describe(self) -> list[str]:
        spread = f"{min(self.rounds):.3g} to {max(self.rounds):.3g}" if self.rounds else ""
        verdict = "" if self.gate is None else f"{self.gate.describe()}: {'held' if self.is_held else 'MISSED'}"
        return [self.name, format_number(self.value), spread, verdict]


@dataclass(frozen=True)
class Table:
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def format(self) -> str:
        """Markdown with its columns aligned, so that docs/performance.md takes it as it is."""
        lines = [list(self.header), *(list(row) for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.header))]
        rule = ["-" * width for width in widths]
        body = [lines[0], rule, *lines[1:]]
        formatted = [f"| {' | '.join(_pad(line, widths))} |" for line in body]
        return "\n".join([self.title, "", *formatted])


@dataclass
class Outcome:
    bench: str
    page: str = "performance.md"  # in docs/, where its tables stand
    tables: list[Table] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)  # of the JSON alone, beside the figures

    def format(self) -> str:
        shown = [
            Table("Figures", ["figure", "value", "rounds", "gate"], [figure.describe() for figure in self.figures])
        ]
        return "\n\n".join([*(table.format() for table in [*self.tables, *shown]), *self.notes])

    def as_json(self) -> dict[str, object]:
        """One object: every figure by its name, then which gates were missed."""
        return {
            "bench": self.bench,
            **{figure.name: round(figure.value, 4) for figure in self.figures},
            **self.details,
            "gates": [
                {"name": figure.name, "value": figure.value, "verdict": figure.describe()[-1]}
                for figure in self.figures
                if figure.gate is not None
            ],
            "missed": [figure.name for figure in self.figures if not figure.is_held],
        }


def format_number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _pad(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The first column holds names, the others mostly numbers."""
    return [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
