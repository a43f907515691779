"""CSV in pieces: text goes in as it arrives, records come out with the line on which they begin. Pure.

The standard library's reader wants all lines at hand. Here it gets those there are; a record that runs into the end of
them is read again once more have come.
"""

import csv
from collections.abc import Iterator
from typing import Final, NamedTuple

from tracking.imports.rules import MAX_ROW_CHARS, FileFaultError

DELIMITERS: Final = (",", ";", "\t")


class Record(NamedTuple):
    """`fault` says why it is no proper CSV; then the cells are a guess."""

    line: int
    cells: list[str]
    fault: str | None = None


class CsvRecords:
    def __init__(self, delimiter: str, *, first_line: int = 1) -> None:
        self._delimiter = delimiter
        self._next_line = first_line
        self._pending: list[str] = []
        self._partial = ""

    def feed(self, text: str, *, is_last: bool = False) -> list[Record]:
        """The records that are complete now. Raises FileFaultError for a quote that is never closed."""
        whole = self._partial + text
        end = len(whole) if is_last else whole.rfind("\n") + 1
        self._partial = whole[end:]
        lines = [*self._pending, *split_lines(whole[:end])]
        records, taken = self._read(lines, is_last=is_last)
        self._pending = lines[taken:]
        if len(self._partial) + sum(map(len, self._pending)) > MAX_ROW_CHARS:
            raise FileFaultError(f"line {self._next_line}: the row is longer than {MAX_ROW_CHARS} characters")
        return records

    def _read(self, lines: list[str], *, is_last: bool) -> tuple[list[Record], int]:
        """The records in these lines, and how many lines they take."""
        source = _Lines(lines)
        reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        records: list[Record] = []
        taken = 0
        while True:
            fault = None
            try:
                cells = next(reader, None)
            except csv.Error as error:
                if source.is_exhausted and not is_last:
                    break
                if "field limit" in str(error):
                    causes = f"is never closed, or a cell has more than {csv.field_size_limit()} characters"
                    raise FileFaultError(f"line {self._next_line}: a quote opens there and {causes}") from error
                if source.is_exhausted:
                    raise FileFaultError(f"line {self._next_line}: a quote opens there and is never closed") from error
                cells, fault = _guess(lines[taken : reader.line_num], self._delimiter), str(error)
            if cells is None:
                break
            if cells:
                records.append(Record(self._next_line, cells, fault))
            self._next_line += reader.line_num - taken
            taken = reader.line_num
        return records, taken


class _Lines(Iterator[str]):
    """Knows whether the reader asked for more than there is."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = iter(lines)
        self.is_exhausted = False

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.is_exhausted = True
            raise StopIteration
        return line


def split_lines(text: str) -> list[str]:
    """With their ends. Only a line feed ends a line: `str.splitlines` also splits at characters that people write."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _guess(lines: list[str], delimiter: str) -> list[str]:
    """The cells of lines that break the rules, for the file of bad rows."""
    text = "".join(lines).rstrip("\r\n").replace("\r", " ")
    try:
        return next(csv.reader([text], delimiter=delimiter), [text])
    except csv.Error:
        return [text]
