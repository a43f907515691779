import csv
import io
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.imports.csv_records import DELIMITERS, CsvRecords, Record
from tracking.imports.rules import MAX_ROW_CHARS, FileFaultError

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# With other ends of lines than its own, the writer leaves a carriage return without quotes.
STYLES = [("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL)]
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8)


def read(text: str, *, delimiter: str = ",", cut: int = 10_000) -> list[Record]:
    records = CsvRecords(delimiter)
    pieces = [text[start : start + cut] for start in range(0, len(text), cut)]
    return [record for piece in pieces for record in records.feed(piece)] + records.feed("", is_last=True)


class TestWhatIsWritten:
    @pytest.mark.feature("CU11")
    @given(TABLES, st.sampled_from(DELIMITERS), st.sampled_from(STYLES), st.integers(1, 50))
    def test_is_read_back_however_it_is_cut(
        self, table: list[list[str]], delimiter: str, style: tuple[str, Literal[0, 1]], cut: int
    ) -> None:
        line_end, quoting = style
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(table)

        assert [record.cells for record in read(text.getvalue(), delimiter=delimiter, cut=cut)] == table

    @given(st.text(max_size=200), st.integers(1, 20))
    def test_any_text_is_read_the_same_however_it_is_cut(self, text: str, cut: int) -> None:
        def attempt(size: int) -> list[Record] | str:
            try:
                return read(text, cut=size)
            except FileFaultError as fault:
                return str(fault)

        assert attempt(cut) == attempt(10_000)


class TestLines:
    def test_a_record_is_at_its_first_line(self) -> None:
        text = 'a,b\r\n1,"x\r\n\r\ny"\r\n\r\n2,z'

        assert read(text) == [Record(1, ["a", "b"]), Record(2, ["1", "x\r\n\r\ny"]), Record(6, ["2", "z"])]

    def test_what_some_call_a_line_break_is_part_of_a_cell(self) -> None:
        assert read("a\u2028b\x0bc,d\n") == [Record(1, ["a\u2028b\x0bc", "d"])]


class TestFaults:
    def test_a_broken_record_does_not_hold_up_the_next(self) -> None:
        broken, good = read('"abc"x,1\nok,2\n')

        assert (broken.line, broken.cells, broken.fault is None) == (1, ["abcx", "1"], False)
        assert good == Record(2, ["ok", "2"])

    @pytest.mark.parametrize("rest", ["", "2,b\n" * 10, "2,b\n" * 100_000])
    def test_a_quote_that_is_never_closed_is_named_by_its_line(self, rest: str) -> None:
        with pytest.raises(FileFaultError, match="line 2: a quote opens there and is never closed"):
            read(f'a,b\n1,"x\n{rest}')

    def test_a_row_without_end_is_refused_before_it_fills_the_memory(self) -> None:
        records = CsvRecords(",")

        with pytest.raises(FileFaultError, match=f"line 1: the row is longer than {MAX_ROW_CHARS} characters"):
            records.feed("a," * MAX_ROW_CHARS)
