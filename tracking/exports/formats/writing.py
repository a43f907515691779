"""What the formats have in common: rows go in, bytes come out, and what they need on disk goes away with them."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol, Self, TypeAlias
from zoneinfo import ZoneInfo

from tracking.exports.layouts import Cell, Column

Rows: TypeAlias = Sequence[tuple[Cell, ...]]

PIECE_BYTES: Final = 256 * 1024


class Shape(NamedTuple):
    """What a writer must know before the first row."""

    columns: tuple[Column, ...]
    zone: ZoneInfo
    has_byte_order_mark: bool = False


class FileWriter(Protocol):
    """A context, for what it keeps on disk. Both methods compute: `finish` may take seconds, pieces may be empty."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_raised: object) -> None: ...

    def write(self, rows: Rows) -> bytes:
        """What of the file is there already, to be stored before the next rows come."""

    def finish(self) -> Iterator[bytes]:
        """The rest of the file."""
