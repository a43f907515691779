"""How often a yes or no was right, with the interval that the number of cases leaves."""

from dataclasses import dataclass
from math import nan, sqrt
from typing import ClassVar

from tracking.bots.verdicts import Verdict

_Z = 1.959964  # 95 %


def find_interval(hits: int, cases: int) -> tuple[float, float]:
    """Wilson's, which holds for few cases and near 0 and 1 as well."""
    if cases == 0:
        return 0.0, 1.0
    share, spread = hits / cases, _Z * _Z / cases
    centre = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / cases + spread / (4 * cases)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass
class Tally:
    HEADER: ClassVar = (
        "kind",
        "programs",
        "people",
        "false_negatives",
        "false_positives",
        "suspects",
        "recall",
        "precision",
        "false positives of people",
    )

    programs: int = 0
    people: int = 0
    false_negatives: int = 0
    false_positives: int = 0
    suspects: int = 0

    def add(self, *, is_program: bool, verdict: Verdict) -> None:
        is_called_bot = verdict is Verdict.BOT
        self.programs += is_program
        self.people += not is_program
        self.false_negatives += is_program and not is_called_bot
        self.false_positives += is_called_bot and not is_program
        self.suspects += verdict is Verdict.SUSPECT

    @property
    def found(self) -> int:
        return self.programs - self.false_negatives

    @property
    def recall(self) -> float:
        return self.found / self.programs if self.programs else nan

    @property
    def precision(self) -> float:
        called = self.found + self.false_positives
        return self.found / called if called else nan

    @property
    def false_positive_rate(self) -> float:
        return self.false_positives / self.people if self.people else nan

    def describe(self, name: str) -> list[str]:
        counts = (self.programs, self.people, self.false_negatives, self.false_positives, self.suspects)
        return [name, *(f"{count:,}" for count in counts), *(_describe(*each) for each in self._list_shares().values())]

    def as_json(self) -> dict[str, object]:
        """Shares of nothing are null."""
        shares: dict[str, object] = {}
        for name, (hits, cases) in self._list_shares().items():
            shares[name] = round(hits / cases, 5) if cases else None
            shares[f"{name}_interval"] = [round(bound, 5) for bound in find_interval(hits, cases)] if cases else None
        return {
            "programs": self.programs,
            "people": self.people,
            "false_positives": self.false_positives,
            "false_negatives": self.false_negatives,
            "suspects": self.suspects,
            **shares,
        }

    def _list_shares(self) -> dict[str, tuple[int, int]]:
        return {
            "recall": (self.found, self.programs),
            "precision": (self.found, self.found + self.false_positives),
            "false_positive_rate": (self.false_positives, self.people),
        }


def _describe(hits: int, cases: int) -> str:
    if cases == 0:
        return "none"
    low, high = find_interval(hits, cases)
    return f"{hits / cases:.4f} ({low:.4f} to {high:.4f})"
