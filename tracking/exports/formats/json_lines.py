"""JSON Lines: an object in each line. For programs, so that texts stand in it as they are."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final, Self

from tracking.exports.formats.cells import write_decimal, write_moment
from tracking.exports.formats.writing import Rows, Shape

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class JsonLinesWriter:
    def __init__(self, shape: Shape) -> None:
        self._names = [column.name for column in shape.columns]
        self._zone = shape.zone
        self._readers = [self._find_reader(column.type) for column in shape.columns]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        pass

    def write(self, rows: Rows) -> bytes:
        lines = [_encode(dict(zip(self._names, self._read(row), strict=True))) + "\n" for row in rows]
        return "".join(lines).encode("utf-8", "replace")

    def finish(self) -> Iterator[bytes]:
        yield b""

    def _read(self, row: tuple[Any, ...]) -> list[Any]:
        return [
            cell if cell is None or read is None else read(cell) for read, cell in zip(self._readers, row, strict=True)
        ]

    def _find_reader(self, cell_type: type) -> Callable[[Any], Any] | None:
        """Decimals are strings, as in the graph: a number would be rounded by who reads it."""

        def read_moment(at: dt.datetime) -> str:
            return write_moment(at, self._zone)

        readers: dict[type, Callable[[Any], Any]] = {
            Decimal: write_decimal,
            dt.datetime: read_moment,
            dt.date: dt.date.isoformat,
        }
        return readers.get(cell_type)
