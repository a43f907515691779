"""Tables that whole runs write into docs/reliability.md, each between two comments of its own."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from bench.machine import describe_machine
from creatrail.embedded.folders import PROJECT

PAGE: Final = PROJECT / "docs/reliability.md"


class Block(NamedTuple):
    """A table between two comments of the page."""

    written_by: str
    headings: tuple[str, ...]

    @property
    def start(self) -> str:
        return f"<!-- written by {self.written_by} -->"

    @property
    def end(self) -> str:
        return f"<!-- end of what {self.written_by} writes -->"


def describe_run() -> list[str]:
    """Machine, versions and commit. Ask before a long run: somebody may edit a file meanwhile."""
    return [f"- {name}: {value}" for name, value in describe_machine().items() if name != "load before"]


def write_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [list(headings), *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def document(block: Block, lines: Sequence[str]) -> None:
    PAGE.write_text(replace_block(PAGE.read_text(), block, lines))


def replace_block(page: str, block: Block, lines: Sequence[str]) -> str:
    """Raises ValueError where the page has no place for it."""
    before, rest = page.split(block.start)
    _, after = rest.split(block.end)
    return "\n".join([before + block.start, *lines, block.end + after])
