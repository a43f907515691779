"""The table of `./dev fuzz`: what each door was sent, and what it made of its loop."""

from typing import Final, NamedTuple

from tests.documenting import Block

BLOCK: Final = Block(
    "./dev fuzz",
    (
        "door",
        "named inputs",
        "answered 5xx",
        "not as stated, rows too many among them",
        "worst callback, ms of CPU",
    ),
)


class Row(NamedTuple):
    door: str
    named_inputs: int
    server_errors: int
    differences: int
    worst_ms: float

    def write(self) -> list[str]:
        counts = (self.named_inputs, self.server_errors, self.differences)
        return [self.door, *map(str, counts), f"{self.worst_ms:.1f}"]
