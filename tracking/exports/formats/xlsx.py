"""XLSX: sheets of rows as long as Excel takes them, and one that says what the columns mean. On disk until the end."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from tracking.exports.formats.writing import PIECE_BYTES, Rows, Shape
from tracking.exports.layouts import Column

MAX_SHEET_ROWS: Final = 1_048_576  # with the header
MAX_CELL_CHARS: Final = 32_767
EXACT_DIGITS: Final = 15  # of a number of Excel; longer ones stand as text
_FIRST_DAY: Final = dt.date(1900, 3, 1)  # before it, Excel's calendar has a day that never was


class XlsxWriter:
    """Texts are written as texts whatever they look like, so that none is a formula."""

    def __init__(self, shape: Shape, max_sheet_rows: int = MAX_SHEET_ROWS) -> None:
        self._shape = shape
        self._max_sheet_rows = max_sheet_rows
        self._sheets = 0
        self._next_row = max_sheet_rows

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="creatrail-export-")
        self._path = Path(self._folder.name, "export.xlsx")
        self._book = Workbook(str(self._path), {"constant_memory": True, "tmpdir": self._folder.name})
        self._bold = self._book.add_format({"bold": True})
        moments = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        days = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._writers = [_find_writer(column.type, self._shape.zone, moments, days) for column in self._shape.columns]
        self._add_sheet()
        return self

    def __exit__(self, *_raised: object) -> None:
        """A book that was not closed leaves nothing, either: what it wrote so far is in the folder."""
        for sheet in self._book.worksheets():
            sheet._opt_close()  # noqa: SLF001 -- xlsxwriter closes these files only when the whole book is written
        self._folder.cleanup()

    def write(self, rows: Rows) -> bytes:
        for row in rows:
            if self._next_row >= self._max_sheet_rows:
                self._add_sheet()
            number, sheet = self._next_row, self._sheet
            for place, (write, cell) in enumerate(zip(self._writers, row, strict=True)):
                if cell is not None:
                    write(sheet, number, place, cell)
            self._next_row += 1
        return b""

    def finish(self) -> Iterator[bytes]:
        self._explain_columns()
        self._book.close()
        with self._path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def _add_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet("Rows" if self._sheets == 1 else f"Rows {self._sheets}")
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._shape.columns):
            self._sheet.write_string(0, place, column.name, self._bold)
        self._next_row = 1

    def _explain_columns(self) -> None:
        sheet = self._book.add_worksheet("Columns")
        zone = self._shape.zone.key
        lines = [(column.name, _name_type(column, zone), column.description) for column in self._shape.columns]
        for number, line in enumerate([("Column", "Type", "Meaning"), *lines]):
            for place, text in enumerate(line):
                sheet.write_string(number, place, text, self._bold if number == 0 else None)


def _name_type(column: Column, zone: str) -> str:
    """Cells of Excel know no time zone."""
    return f"{column.type_name}, by the clocks of {zone}" if column.type is dt.datetime else column.type_name


def _find_writer(
    cell_type: type, zone: ZoneInfo, moments: Any, days: Any
) -> Callable[[Worksheet, int, int, Any], object]:
    def write_text(sheet: Worksheet, row: int, place: int, text: str) -> None:
        sheet.write_string(row, place, text[:MAX_CELL_CHARS])

    def write_number(sheet: Worksheet, row: int, place: int, number: float | Decimal) -> None:
        if isinstance(number, int | Decimal) and len(Decimal(number).as_tuple().digits) > EXACT_DIGITS:
            sheet.write_string(row, place, str(number))
        else:
            sheet.write_number(row, place, number)

    def write_truth(sheet: Worksheet, row: int, place: int, value: bool) -> None:
        sheet.write_boolean(row, place, value)

    def write_moment(sheet: Worksheet, row: int, place: int, at: dt.datetime) -> None:
        sheet.write_datetime(row, place, at.astimezone(zone).replace(tzinfo=None), moments)

    def write_day(sheet: Worksheet, row: int, place: int, day: dt.date) -> None:
        if day < _FIRST_DAY:
            sheet.write_string(row, place, day.isoformat())
        else:
            sheet.write_datetime(row, place, day, days)

    writers: dict[type, Callable[[Worksheet, int, int, Any], object]] = {
        bool: write_truth,
        str: write_text,
        dt.datetime: write_moment,
        dt.date: write_day,
    }
    return writers.get(cell_type, write_number)
