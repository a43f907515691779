import pytest

from tracking.imports.models import ImportFormat, ImportKind
from tracking.imports.rows import Utf8Decoder, make_row_reader
from tracking.imports.rules import FileFaultError, ProblemCode, RawRow


def read(
    content: bytes, kind: ImportKind = ImportKind.CONTACTS, file_format: ImportFormat = ImportFormat.CSV
) -> list[RawRow]:
    reader, decoder = make_row_reader(kind, file_format, has_campaign=False), Utf8Decoder()
    rows = [row for byte in content for row in reader.feed(decoder.decode(bytes([byte])))]
    return rows + reader.feed(decoder.decode(b"", is_last=True), is_last=True)


def refuse(content: bytes, kind: ImportKind = ImportKind.CONTACTS) -> str:
    with pytest.raises(FileFaultError) as fault:
        read(content, kind)
    return str(fault.value)


class TestHeader:
    @pytest.mark.feature("CU11")
    @pytest.mark.parametrize(
        "content",
        [
            b"external_id,name\nm1,Anna\n",
            b"\xef\xbb\xbfExternal ID,NAME\r\nm1,Anna\r\n",
            b"external-id;name\nm1;Anna",
            b"externalId\tName\nm1\tAnna\n",
            b'"external_id","name"\n"m1","Anna"\n',
            b"name,error,external_id\nAnna,what was wrong,m1\n",
        ],
    )
    def test_names_in_any_spelling_order_and_delimiter(self, content: bytes) -> None:
        [row] = read(content)

        assert (row.line, row.values) == (2, {"external_id": "m1", "name": "Anna"})

    def test_the_delimiter_is_that_of_the_header_whatever_cells_hold(self) -> None:
        [row] = read(b"external_id;name\nm1;a,b,c,d\n")

        assert row.values == {"external_id": "m1", "name": "a,b,c,d"}

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "the file is empty: its first line names the columns"),
            (b"\n\n", "the file is empty: its first line names the columns"),
            (b"external_id,nmae\n", "line 1: 'nmae' is no column of this kind; the columns are external_id, name"),
            (b"m1,Anna\n", "line 1: 'm1' is no column of this kind; the columns are external_id, name"),
            (b"name\n", "line 1: a column is missing: external_id"),
            (b"external_id,External ID\n", "line 1: a column stands there twice"),
        ],
    )
    def test_a_header_that_cannot_be_meant(self, content: bytes, message: str) -> None:
        assert refuse(content).startswith(message)

    def test_a_campaign_can_be_named_in_the_file_or_with_the_import(self) -> None:
        assert refuse(b"creator_handle\nanna\n", ImportKind.CAMPAIGN_CREATORS) == (
            "line 1: a column is missing: campaign_external_id; without it, name the campaign by `campaignId` of"
            " createImport"
        )


class TestEncoding:
    def test_a_character_may_be_cut_in_two(self) -> None:
        [row] = read("external_id,name\nm1,Zoë 🎈\n".encode())

        assert row.values["name"] == "Zoë 🎈"

    def test_another_encoding_is_refused_by_line(self) -> None:
        content = "external_id,name\nm1,Anna\nm2,Zoë\n".encode("latin-1")

        assert refuse(content) == "line 3 is not UTF-8: save the file as UTF-8"

    def test_a_character_that_the_end_cuts_off_is_refused(self) -> None:
        assert refuse(b"external_id\nm1\xc3") == "line 2 is not UTF-8: save the file as UTF-8"

    def test_utf_16_is_named(self) -> None:
        decoder = Utf8Decoder()

        with pytest.raises(FileFaultError, match="the file is in UTF-16: save it as UTF-8"):
            decoder.decode("external_id\n".encode("utf-16"))


class TestCells:
    def test_blank_rows_are_no_rows_and_short_ones_end_empty(self) -> None:
        rows = read(b"external_id,name\n\n , \nm1\nm2,Anna\n")

        assert [(row.line, row.values) for row in rows] == [
            (4, {"external_id": "m1"}),
            (5, {"external_id": "m2", "name": "Anna"}),
        ]

    def test_cells_beyond_the_header_are_a_problem_and_kept(self) -> None:
        [row] = read(b"external_id,name\nm1,Smith, Anna\n")

        assert [(problem.code, problem.message) for problem in row.problems] == [
            (ProblemCode.MALFORMED, "the row has 3 cells where the header has 2")
        ]
        assert row.kept == ["m1", "Smith", " Anna"]


class TestJsonLines:
    def read(self, content: bytes, kind: ImportKind = ImportKind.LINKS) -> list[RawRow]:
        return read(content, kind, ImportFormat.JSON_LINES)

    def test_values_are_read_as_cells(self) -> None:
        [row] = self.read(b'{"Destination URL": "https://a.example/", "tags": ["a", "b"], "label": null, "slug": 7}\n')

        assert row.values == {"destination_url": "https://a.example/", "tags": "a|b", "label": "", "slug": "7"}
        assert row.problems == ()

    def test_every_bad_line_is_a_problem_of_its_own(self) -> None:
        rows = self.read(
            b'{"slug": "a"}\n\nnonsense\n[1]\n{"colour": 1, "slug": {}}\n{"slug": "\\ud800"}\n' + b"[" * 9_999
        )

        assert [(row.line, problem.column, problem.code) for row in rows for problem in row.problems] == [
            (3, "", ProblemCode.MALFORMED),
            (4, "", ProblemCode.MALFORMED),
            (5, "colour", ProblemCode.UNKNOWN_COLUMN),
            (5, "slug", ProblemCode.INVALID),
            (6, "", ProblemCode.MALFORMED),
            (7, "", ProblemCode.MALFORMED),
        ]

    def test_the_column_of_errors_is_left_out(self) -> None:
        [row] = self.read(b'{"slug": "a", "error": "what was wrong"}')

        assert (row.values, row.kept) == ({"slug": "a"}, {"slug": "a"})

    def test_an_object_with_names_without_end_is_one_problem(self) -> None:
        names = ",".join(f'"n{number}":1' for number in range(10_000))

        [row] = read(b"{" + names.encode() + b"}", file_format=ImportFormat.JSON_LINES)

        assert [(problem.code, problem.message) for problem in row.problems] == [
            (ProblemCode.MALFORMED, "the object has more than 100 names")
        ]

    def test_one_column_by_two_names_is_a_problem(self) -> None:
        [row] = read(b'{"external_id": "a", "External ID": "b"}', file_format=ImportFormat.JSON_LINES)

        assert [problem.message for problem in row.problems] == ["external_id stands there twice"]
