"""What rows become in each format: texts that no spreadsheet runs, numbers as numbers, moments that are exact."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow.parquet
import pytest

from tracking.exports.formats.choosing import make_writer
from tracking.exports.formats.writing import FileWriter, Rows, Shape
from tracking.exports.formats.xlsx import XlsxWriter
from tracking.exports.layouts import Column
from tracking.exports.models import ExportFormat

BERLIN = ZoneInfo("Europe/Berlin")
COLUMNS = (
    Column("text", str, "Any text."),
    Column("number", int, "A number."),
    Column("rate", float, "A rate."),
    Column("is_true", bool, "True or false."),
    Column("amount", Decimal, "Money."),
    Column("at", dt.datetime, "A moment."),
    Column("day", dt.date, "A day."),
)
AT = dt.datetime(2026, 10, 25, 0, 30, 0, 123456, tzinfo=dt.UTC)  # the first half past two of that night in Berlin
ROW = ("Anna", -5, 0.25, True, Decimal("-12.50"), AT, dt.date(2026, 10, 25))
EMPTY = (None,) * 7

pytestmark = pytest.mark.feature("IM21")


def finish(writer: FileWriter, rows: Rows) -> bytes:
    with writer:
        return writer.write(rows) + b"".join(writer.finish())


def write(export_format: ExportFormat, rows: Rows, *, has_mark: bool = False) -> bytes:
    return finish(make_writer(export_format, Shape(COLUMNS, BERLIN, has_mark)), rows)


def write_text(text: str) -> list[str]:
    content = finish(make_writer(ExportFormat.CSV, Shape(COLUMNS[:1], BERLIN)), [(text,)])
    return [record[0] for record in csv.reader(io.StringIO(content.decode(), newline=""))]


def open_book(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


class TestCsv:
    def test_a_file_has_a_header_and_ends_its_lines_as_the_standard_says(self) -> None:
        assert write(ExportFormat.CSV, [ROW, EMPTY]).decode() == (
            "text,number,rate,is_true,amount,at,day\r\n"
            "Anna,-5,0.25,true,-12.50,2026-10-25T02:30:00.123456+02:00,2026-10-25\r\n"
            ",,,,,,\r\n"
        )

    def test_the_hour_that_comes_twice_is_told_apart_by_its_offset(self) -> None:
        rows = [(*EMPTY[:5], AT + dt.timedelta(hours=each), None) for each in (0, 1)]

        lines = write(ExportFormat.CSV, rows).decode().splitlines()

        assert [line.strip(",") for line in lines[1:]] == [
            "2026-10-25T02:30:00.123456+02:00",
            "2026-10-25T02:30:00.123456+01:00",
        ]

    def test_a_file_without_rows_has_its_header(self) -> None:
        assert write(ExportFormat.CSV, []) == b"text,number,rate,is_true,amount,at,day\r\n"

    def test_the_byte_order_mark_comes_once_and_only_when_it_is_wanted(self) -> None:
        assert write(ExportFormat.CSV, [ROW, ROW], has_mark=True).count(b"\xef\xbb\xbf") == 1
        assert write(ExportFormat.CSV, [ROW], has_mark=True).startswith(b"\xef\xbb\xbftext,")

    @pytest.mark.parametrize(
        "text",
        [
            '=HYPERLINK("https://evil.example","x")',
            "+1+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            "  =1+1",
            "\uff1d1+1",
            "\uff0b1",
            "\uff0d1",
            "\uff20A1",
            "\tAnna",
            "\rAnna",
            "\nAnna",
            "-",
        ],
    )
    def test_what_a_spreadsheet_would_run_stands_behind_an_apostrophe(self, text: str) -> None:
        assert write_text(text) == ["text", "'" + text]

    @pytest.mark.parametrize(
        "text", ["", "Anna", "a=b", "a-b", "'quoted", 'say "hi", twice\r\nhere', "1+1", "ä€\u2028"]
    )
    def test_other_texts_come_back_as_they_were(self, text: str) -> None:
        assert write_text(text)[1:] == [text]

    def test_half_a_character_does_not_end_the_export(self) -> None:
        assert write_text("a\ud800b") == ["text", "a?b"]


class TestJsonLines:
    def test_a_line_is_an_object_with_every_column(self) -> None:
        content = write(ExportFormat.JSON_LINES, [ROW, EMPTY]).decode()

        assert [json.loads(line) for line in content.splitlines()] == [
            {
                "text": "Anna",
                "number": -5,
                "rate": 0.25,
                "is_true": True,
                "amount": "-12.50",
                "at": "2026-10-25T02:30:00.123456+02:00",
                "day": "2026-10-25",
            },
            dict.fromkeys(column.name for column in COLUMNS),
        ]

    def test_texts_stand_as_they_are(self) -> None:
        content = write(ExportFormat.JSON_LINES, [("=1+1\n", *EMPTY[1:])])

        assert json.loads(content)["text"] == "=1+1\n"


class TestXlsx:
    def test_cells_have_the_types_of_their_columns(self) -> None:
        sheet = open_book(write(ExportFormat.XLSX, [ROW, EMPTY]))["Rows"]

        header, row = sheet.iter_rows()
        assert [cell.value for cell in header] == [column.name for column in COLUMNS]
        assert [(cell.data_type, cell.value) for cell in row] == [
            ("s", "Anna"),
            ("n", -5),
            ("n", 0.25),
            ("b", True),
            ("n", -12.5),
            ("d", dt.datetime(2026, 10, 25, 2, 30, 0, 123000)),  # noqa: DTZ001 -- as below
            ("d", dt.datetime(2026, 10, 25)),  # noqa: DTZ001 -- Excel knows no zones
        ]

    def test_an_empty_cell_is_none(self) -> None:
        sheet = open_book(write(ExportFormat.XLSX, [EMPTY, ROW]))["Rows"]

        assert [cell.value for cell in sheet[2]] == [None] * 7

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "{=1+1}", "https://evil.example", "\t=1"])
    def test_no_text_becomes_a_formula_or_a_link(self, text: str) -> None:
        cell = open_book(write(ExportFormat.XLSX, [(text, *EMPTY[1:])]))["Rows"]["A2"]

        assert (cell.data_type, cell.value, cell.hyperlink) == ("s", text, None)

    def test_the_columns_are_explained_in_a_sheet_of_their_own(self) -> None:
        sheet = open_book(write(ExportFormat.XLSX, []))["Columns"]

        rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
        assert rows[:2] == [("Column", "Type", "Meaning"), ("text", "TEXT", "Any text.")]
        assert rows[6] == ("at", "MOMENT, by the clocks of Europe/Berlin", "A moment.")

    def test_more_rows_than_a_sheet_holds_go_on_in_another(self) -> None:
        rows = [(f"row {number}",) for number in range(5)]

        book = open_book(finish(XlsxWriter(Shape(COLUMNS[:1], BERLIN), max_sheet_rows=3), rows))

        assert [[cell.value for cell in book[name]["A"]] for name in book.sheetnames[:3]] == [
            ["text", "row 0", "row 1"],
            ["text", "row 2", "row 3"],
            ["text", "row 4"],
        ]

    def test_a_number_that_excel_would_round_stands_as_text(self) -> None:
        rows = [(None, number, *EMPTY[2:]) for number in (123456789012345, 1234567890123456)]

        cells = open_book(write(ExportFormat.XLSX, rows))["Rows"]["B"][1:]

        assert [(cell.data_type, cell.value) for cell in cells] == [("n", 123456789012345), ("s", "1234567890123456")]

    def test_a_day_that_excel_would_misplace_stands_as_text(self) -> None:
        rows = [(*EMPTY[:6], day) for day in (dt.date(1900, 2, 28), dt.date(1900, 3, 1))]

        cells = open_book(write(ExportFormat.XLSX, rows))["Rows"]["G"][1:]

        assert [cell.data_type for cell in cells] == ["s", "d"]
        assert cells[0].value == "1900-02-28"


class TestParquet:
    def test_rows_come_back_exactly(self) -> None:
        content = write(ExportFormat.PARQUET, [ROW, EMPTY])

        [row, empty] = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
        assert {**row, "at": row["at"].astimezone(dt.UTC)} == dict(zip([c.name for c in COLUMNS], ROW, strict=True))
        assert set(empty.values()) == {None}
