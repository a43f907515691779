"""The rows of a file, from its bytes as they arrive: CSV or JSON Lines, in UTF-8. Pure."""

import codecs
from collections.abc import Mapping
from typing import Any, Final, Protocol

import msgspec

from tracking.imports.csv_records import DELIMITERS, CsvRecords, Record, split_lines
from tracking.imports.models import ImportFormat, ImportKind
from tracking.imports.rules import (
    COLUMNS,
    ERROR_COLUMN,
    MAX_ROW_CHARS,
    FileFaultError,
    Header,
    Problem,
    ProblemCode,
    RawRow,
    count_known,
    find_column,
    join_tags,
    read_header,
)

MAX_NAMES: Final = 100  # in one object: what is wrong is noted for each
_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class RowReader(Protocol):
    """Takes text and gives the rows that are complete. Raises FileFaultError for what no row can be read from."""

    @property
    def columns(self) -> list[str] | None:
        """As they came; None before the header was read, and for JSON Lines the columns of the kind."""

    def feed(self, text: str, *, is_last: bool = False) -> list[RawRow]: ...


class Utf8Decoder:
    """Bytes to text, across the borders of pieces; names the line of what is no UTF-8."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._line = 1
        self._is_at_start = True

    def decode(self, piece: bytes, *, is_last: bool = False) -> str:
        if self._is_at_start and piece.startswith(_UTF_16_MARKS):
            raise FileFaultError("the file is in UTF-16: save it as UTF-8")
        self._is_at_start = self._is_at_start and not piece
        try:
            text = self._decoder.decode(piece, is_last)
        except UnicodeDecodeError as error:
            line = self._line + error.object[: error.start].count(b"\n")
            raise FileFaultError(f"line {line} is not UTF-8: save the file as UTF-8") from error
        self._line += text.count("\n")
        return text


class CsvRows:
    """The delimiter is that which makes most columns of the header known ones."""

    def __init__(self, kind: ImportKind, *, has_campaign: bool) -> None:
        self._kind = kind
        self._has_campaign = has_campaign
        self._records: CsvRecords | None = None
        self._header: Header | None = None
        self._start = ""

    @property
    def columns(self) -> list[str] | None:
        return self._header.columns if self._header else None

    def feed(self, text: str, *, is_last: bool = False) -> list[RawRow]:
        if self._records is None:
            self._start += text
            head, line_feed, _ = self._start.partition("\n")
            if len(head) > MAX_ROW_CHARS:
                raise FileFaultError("line 1: there is no header, or no line ends with a line feed")
            if not line_feed and not is_last:
                return []
            text, self._start = self._start, ""
            self._records = CsvRecords(self._find_delimiter(head))
        records = self._records.feed(text, is_last=is_last)
        if self._header is None and records:
            first = records.pop(0)
            if first.fault:
                raise FileFaultError(f"line {first.line}: the header is no CSV: {first.fault}")
            self._header = read_header(first.cells, self._kind, has_campaign=self._has_campaign)
        if self._header is None and is_last:
            raise FileFaultError("the file is empty: its first line names the columns")
        header = self._header
        return [_bind(record, header) for record in records if header and any(cell.strip() for cell in record.cells)]

    def _find_delimiter(self, head: str) -> str:
        def count(delimiter: str) -> int:
            return sum(count_known(record.cells, self._kind) for record in CsvRecords(delimiter).feed(f"{head}\n"))

        return max(DELIMITERS, key=count)


def _bind(record: Record, header: Header) -> RawRow:
    kept = header.drop_error(record.cells)
    values = {name: cell.strip() for name, cell in zip(header.names, kept, strict=False)}
    problems = []
    if record.fault:
        problems.append(Problem("", "", ProblemCode.MALFORMED, f"the row is no proper CSV: {record.fault}"))
    elif any(cell.strip() for cell in kept[len(header.names) :]):
        message = f"the row has {len(record.cells)} cells where the header has {len(header.names)}"
        problems.append(Problem("", kept[-1], ProblemCode.MALFORMED, message))
    return RawRow(record.line, values, kept, tuple(problems))


class JsonLinesRows:
    """One object in each line, with the columns as its names."""

    def __init__(self, kind: ImportKind) -> None:
        self._kind = kind
        self._line = 1
        self._partial = ""

    @property
    def columns(self) -> list[str] | None:
        return list(COLUMNS[self._kind])

    def feed(self, text: str, *, is_last: bool = False) -> list[RawRow]:
        whole = self._partial + text
        end = len(whole) if is_last else whole.rfind("\n") + 1
        self._partial = whole[end:]
        if len(self._partial) > MAX_ROW_CHARS:
            raise FileFaultError(f"line {self._line}: the row is longer than {MAX_ROW_CHARS} characters")
        lines = split_lines(whole[:end])
        first_line = self._line
        self._line += len(lines)
        return [self._read(first_line + place, line) for place, line in enumerate(lines) if line.strip()]

    def _read(self, line_number: int, line: str) -> RawRow:
        try:
            given = msgspec.json.decode(line)
        except (ValueError, RecursionError) as error:
            return _refuse_line(line_number, line, f"the line is no JSON: {error}")
        if not isinstance(given, dict):
            return _refuse_line(line_number, line, "the line is no JSON object")
        if len(given) > MAX_NAMES:
            return _refuse_line(line_number, line, f"the object has more than {MAX_NAMES} names")
        return self._read_object(line_number, given)

    def _read_object(self, line_number: int, given: Mapping[str, Any]) -> RawRow:
        values: dict[str, str] = {}
        kept: dict[str, str] = {}
        problems: list[Problem] = []
        for name, value in given.items():
            column = find_column(name, self._kind)
            if column == ERROR_COLUMN:
                continue
            text = _write_value(value)
            kept[column or name] = text if text is not None else msgspec.json.encode(value).decode()
            if column is None:
                problems.append(Problem(name, kept[name], ProblemCode.UNKNOWN_COLUMN, f"{name!r} is no column"))
            elif column in values:
                problems.append(Problem(column, kept[column], ProblemCode.MALFORMED, f"{column} stands there twice"))
            elif text is None:
                problems.append(Problem(column, kept[column], ProblemCode.INVALID, f"{column} is a text or a number"))
            else:
                values[column] = text.strip()
        return RawRow(line_number, values, kept, tuple(problems))


def make_row_reader(kind: ImportKind, file_format: ImportFormat, *, has_campaign: bool) -> RowReader:
    if file_format is ImportFormat.CSV:
        return CsvRows(kind, has_campaign=has_campaign)
    return JsonLinesRows(kind)


def _refuse_line(line_number: int, line: str, message: str) -> RawRow:
    problem = Problem("", line.strip(), ProblemCode.MALFORMED, message)
    return RawRow(line_number, {}, {}, (problem,))


def _write_value(value: Any) -> str | None:
    """The value as a cell would have it; None for what no cell can hold. Only tags are lists."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return join_tags(value)
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    return None
