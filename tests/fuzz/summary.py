"""The table of `./dev fuzz` in docs/reliability.md: what each door was sent, and what it made of its loop."""

from pathlib import Path
from typing import Final, NamedTuple

PAGE: Final = Path(__file__).parents[2] / "docs" / "reliability.md"
START: Final = "<!-- written by ./dev fuzz -->"
END: Final = "<!-- end of what ./dev fuzz writes -->"
HEAD: Final = (
    "| door | named inputs | answered 5xx | not as stated, rows too many among them | worst callback, ms of CPU |"
)


class Row(NamedTuple):
    door: str
    named_inputs: int
    server_errors: int
    differences: int
    worst_ms: float

    def write(self) -> str:
        cells = (self.door, self.named_inputs, self.server_errors, self.differences, f"{self.worst_ms:.1f}")
        return "| " + " | ".join(map(str, cells)) + " |"


def write_table(rows: list[Row]) -> str:
    return "\n".join([HEAD, "|---|---|---|---|---|", *(row.write() for row in rows)])


def write_summary(rows: list[Row], page: Path = PAGE) -> None:
    """Between its markers, which stand on the page."""
    before, start, rest = page.read_text().partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"{page} has no place for the table of ./dev fuzz")
    page.write_text(f"{before}{START}\n{write_table(rows)}\n{END}{after}")
