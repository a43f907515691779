"""CSV as RFC 4180 has it: UTF-8, a header, CRLF, quotes where they are needed."""

import csv
import io
from collections.abc import Iterator
from typing import Final, Self

from tracking.exports.formats.cells import list_writers
from tracking.exports.formats.writing import Rows, Shape

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class CsvWriter:
    def __init__(self, shape: Shape) -> None:
        self._writers = list_writers(shape.columns, shape.zone)
        self._header = [column.name for column in shape.columns]
        self._begins_with = _BYTE_ORDER_MARK if shape.has_byte_order_mark else b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        pass

    def write(self, rows: Rows) -> bytes:
        writers = self._writers
        return self._begin() + _join(
            [["" if cell is None else write(cell) for write, cell in zip(writers, row, strict=True)] for row in rows]
        )

    def finish(self) -> Iterator[bytes]:
        yield self._begin()

    def _begin(self) -> bytes:
        """The header, once; a file without rows has it too."""
        begins_with, header = self._begins_with, self._header
        self._begins_with, self._header = b"", []
        return begins_with + _join([header]) if header else b""


def _join(records: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(records)
    return text.getvalue().encode("utf-8", "replace")
