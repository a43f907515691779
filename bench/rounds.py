"""Paired rounds: each variant is measured right after the reference, so that both meet the same disturbance."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Pair(Generic[Measured]):
    reference: Measured
    variant: Measured


def measure_in_pairs(
    measure: Callable[[str], Measured], reference: str, variants: Sequence[str], rounds: int
) -> Iterator[tuple[str, Pair[Measured]]]:
    """Every variant with a reference of its own, in every round; yields each pair as it is measured."""
    for _ in range(rounds):
        for variant in variants:
            yield variant, Pair(measure(reference), measure(variant))
