"""Files that no spreadsheet writes, and some that they do: what becomes of an import of each."""

import codecs
import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Final, NamedTuple

from tests.fuzz.bad_inputs.inputs import NOTHING, Rows
from tracking.imports.models import ImportFormat, ImportKind

CREATOR: Final[Rows] = {"creator": 1}


class BadFile(NamedTuple):
    """`says` is how the import ends: its failure from the start on, or the counts of rows created and bad, and where
    each bad one is wrong.
    """

    name: str
    content: bytes
    says: str
    rows: Rows = NOTHING
    kind: ImportKind = ImportKind.CREATORS
    format: ImportFormat = ImportFormat.CSV


def zip_up(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def lines(*objects: object) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


GOOD: Final = b"handle\nanna\n"
ENCODINGS: Final = [
    BadFile("nothing", b"", "the file is empty"),
    BadFile("a byte order mark alone", codecs.BOM_UTF8, "the file is empty"),
    BadFile("two byte order marks", codecs.BOM_UTF8 * 2 + GOOD, "line 1: '\\ufeffhandle' is no column of this kind"),
    BadFile("a byte order mark in a cell", b"handle\n\xef\xbb\xbfbom1\n", "1 created", CREATOR),
    BadFile("UTF-16, little end first", GOOD.decode().encode("utf-16"), "the file is in UTF-16"),
    BadFile("UTF-16, big end first", codecs.BOM_UTF16_BE + GOOD.decode().encode("utf-16-be"), "the file is in UTF-16"),
    BadFile("UTF-16 that does not say so", GOOD.decode().encode("utf-16-le"), "line 1: 'h\\x00a\\x00n"),
    BadFile("UTF-32", GOOD.decode().encode("utf-32"), "the file is in UTF-16"),
    BadFile("Latin 1", "handle,name\nlatin1,Bj\xf6rk\n".encode("latin-1"), "line 2 is not UTF-8"),
    BadFile("half a letter at the end", b"handle,name\nhalf1,Bj\xc3", "line 2 is not UTF-8"),
    BadFile("an overlong slash", b"handle,name\nover1,\xc0\xaf\n", "line 2 is not UTF-8"),
    BadFile("a lone surrogate", b"handle,name\nlone1,\xed\xa0\x80\n", "line 2 is not UTF-8"),
    BadFile("NULs alone", b"\0" * 10_000, "line 1: '\\x00\\x00"),
    BadFile("a NUL in a handle", b"handle\na\0b\n", "1 bad: 2 handle INVALID"),
    BadFile("a NUL in the header", b"hand\0le\nanna\n", "line 1: 'hand\\x00le' is no column of this kind"),
    BadFile("bytes of every kind", bytes(range(256)) * 40, "line 2 is not UTF-8"),
]
DISGUISES: Final = [
    BadFile("a zip", zip_up("creators.csv", GOOD), "line 1 is not UTF-8"),
    BadFile("a workbook", zip_up("[Content_Types].xml", b"<Types/>"), "line 1 is not UTF-8"),
    BadFile("gzip", gzip.compress(GOOD, mtime=0), "line 1 is not UTF-8"),
    BadFile("a zip that says to hold 100 MB", zip_up("bomb.csv", b"a" * 10**8), "line 1 is not UTF-8"),
    BadFile("a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 200, "line 1 is not UTF-8"),
    BadFile("a PDF", b"%PDF-1.7\n1 0 obj\n", "line 1: '%PDF-1.7' is no column of this kind"),
    BadFile(
        "a web page",
        b"<!doctype html>\n<title>no such file</title>\n",
        "line 1: '<!doctype html>' is no column of this kind",
    ),
    BadFile("JSON", b'[{"handle": "anna"}]', "line 1: '[{"),
]
HEADERS: Final = [
    BadFile("line feeds alone", b"\n" * 1_000, "the file is empty"),
    BadFile("blanks alone", b"   \n   \n", "line 1: '   ' is no column of this kind"),
    BadFile("a header alone", b"handle\n", "nothing"),
    BadFile("a header without an end", b"handle", "nothing"),
    BadFile("no header", b"anna,Anna\n", "line 1: 'anna' is no column of this kind"),
    BadFile("the same heading twice", b"handle,handle\na,b\n", "line 1: a column stands there twice"),
    BadFile(
        "the same heading in another form",
        b"external_id,External ID,handle\n1,2,c\n",
        "line 1: a column stands there twice",
    ),
    BadFile("a heading of nobody", b"handle,password\na,b\n", "line 1: 'password' is no column of this kind"),
    BadFile("a heading that is a formula", b"handle,=1+1\na,b\n", "line 1: '=1+1' is no column of this kind"),
    BadFile("a heading of nothing", b"handle,\nempty1,\n", "line 1: '' is no column of this kind"),
    BadFile(
        "ten thousand headings",
        b",".join(b"c%d" % n for n in range(10_000)) + b"\n1\n",
        "line 1: 'c0' is no column of this kind",
    ),
    BadFile("a heading of 2 MB", b"h" * 2_000_000 + b"\na\n", "line 1: there is no header"),
    BadFile("a header whose quote never ends", b'"handle\nanna\n', "line 1: a quote opens there and is never closed"),
    BadFile("a header with letters behind a quote", b'"handle"x\nanna\n', "line 1: the header is no CSV"),
    BadFile("columns of another kind", b"txn_id,revenue\n1,2\n", "line 1: 'txn_id' is no column of this kind"),
    BadFile("old line ends of the Macintosh", b"handle\ranna\rberta\r", "line 1: the header is no CSV"),
    BadFile("another delimiter", b"handle|name\nanna|Anna\n", "line 1: 'handle|name' is no column of this kind"),
]
ROWS: Final = [
    BadFile("a row that is too short", b"handle,name,external_id\nshort1\n", "1 created", CREATOR),
    BadFile("a row that is too long", b"handle\nlong1,Anna,,more\n", "1 bad: 2 row MALFORMED"),
    BadFile("a row of commas", b"handle\n" + b"," * 100_000 + b"\n", "nothing"),
    BadFile("a row of a hundred thousand cells", b"handle\n" + b"x," * 100_000 + b"\n", "1 bad: 2 row MALFORMED"),
    BadFile(
        "a quote that never ends",
        b'handle,name\nquote1,"Anna\n' + b"x\n" * 1_000,
        "line 2: a quote opens there and is never closed",
    ),
    BadFile(
        "quotes that double for ever",
        b'handle\n"' + b'""' * 60_000 + b"\n",
        "line 2: a quote opens there and is never closed",
    ),
    BadFile("letters behind a quote", b'handle,name\nbehind1,"An"na\n', "1 bad: 2 row MALFORMED"),
    BadFile("a line feed in a handle", b'handle\n"an\nna"\n', "1 bad: 2 handle INVALID"),
    BadFile("a carriage return in a handle", b'handle\n"an\rna"\n', "1 bad: 2 handle INVALID"),
    BadFile(
        "a cell of 131,073 letters",
        b"handle,name\ncell1," + b"n" * 131_073 + b"\n",
        "line 2: a quote opens there and is never closed, or a cell has more",
    ),
    BadFile("a cell of 2 MB", b"handle,name\ncell2," + b"n" * 2_000_000 + b"\n", "line 2: the row is longer"),
    BadFile(
        "a quoted cell of 2 MB",
        b'handle,name\ncell3,"' + b"n\n" * 1_000_000 + b'"\n',
        "line 2: a quote opens there and is never closed, or a cell has more",
    ),
    BadFile("a row without its handle", b"handle,name\n,Anna\n", "1 bad: 2 external_id REQUIRED"),
    BadFile("a name of 201 letters", b"handle,name\nname1," + b"n" * 201 + b"\n", "1 bad: 2 name INVALID"),
    BadFile("a name that is a formula", b"handle,name\nformula1,=HYPERLINK(A1)\n", "1 created", CREATOR),
    BadFile("a handle that is a formula", b"handle\n=cmd|'/c calc'!A0\n", "1 bad: 2 handle INVALID"),
    BadFile("a name that is markup", b"handle,name\nmarkup1,<script>alert(1)</script>\n", "1 created", CREATOR),
    BadFile("a name that is SQL", b"handle,name\nsql1,'); DROP TABLE creator; --\n", "1 created", CREATOR),
    BadFile("a name from right to left", b"handle,name\nright1,\xe2\x80\xaeannA\n", "1 created", CREATOR),
    BadFile("a name of controls", b"handle,name\ncontrol1,a\x07\x1bb\n", "1 bad: 2 name INVALID"),
    BadFile("the same handle twice", b"handle\ntwin\ntwin\n", "1 created, 1 unchanged", CREATOR),
    BadFile("handles that differ in case", b"handle\ncase1\nCASE1\n", "1 created, 1 updated", CREATOR),
    BadFile("a platform of nobody", b"handle,platform\nplatform1,MYSPACE\n", "1 bad: 2 platform INVALID"),
    BadFile(
        "followers below none",
        b"handle,platform,followers,followers_as_of\nf1,TIKTOK,-1,2026-01-01\n",
        "1 bad: 2 followers INVALID",
    ),
    BadFile(
        "followers beyond counting",
        b"handle,platform,followers,followers_as_of\nf2,TIKTOK," + b"9" * 5_000 + b",2026-01-01\n",
        "1 bad: 2 followers INVALID",
    ),
    BadFile(
        "followers in full width",
        "handle,platform,followers,followers_as_of\nf3,TIKTOK,\uff11,x\n".encode(),
        "1 bad: 2 followers INVALID, 2 followers_as_of INVALID",
    ),
    BadFile(
        "a day that is none",
        b"handle,platform,followers,followers_as_of\nf4,TIKTOK,1,2026-02-30\n",
        "1 bad: 2 followers_as_of INVALID",
    ),
    BadFile(
        "a profile that leads astray",
        b"handle,platform,profile_url\nf5,TIKTOK,javascript:alert(1)\n",
        "1 bad: 2 profile_url INVALID",
    ),
]
LINKS: Final = [
    BadFile(
        f"a link that leads to {name}",
        b"destination_url,label\n" + url + b",x\n",
        "1 bad: 2 destination_url INVALID",
        kind=ImportKind.LINKS,
    )
    for name, url in {
        "a script": b"javascript:alert(1)",
        "a file": b"file:///etc/passwd",
        "a host of nothing": b"https://",
        "somebody by an at": b"https://shop.example@evil.example/",
        "20,000 letters": b"https://shop.example/" + b"a" * 20_000,
    }.items()
]
OF_OTHER_KINDS: Final = [
    BadFile("a contact of nobody", b"external_id\n\n \n", "nothing", kind=ImportKind.CONTACTS),
    BadFile(
        "a contact of 300 letters",
        b"external_id\n" + b"a" * 300 + b"\n",
        "1 bad: 2 external_id INVALID",
        kind=ImportKind.CONTACTS,
    ),
    BadFile(
        "an order of no number",
        b"txn_id,revenue\nt1,1e9\nt2,NaN\nt3,-1\nt4,\xd9\xa1\n",
        "4 bad: 2 revenue INVALID, 3 revenue INVALID, 4 revenue INVALID, 5 revenue INVALID",
        kind=ImportKind.CONVERSIONS,
    ),
    BadFile(
        "an order of no time",
        b"txn_id,revenue,occurred_at\nt5,1,yesterday\nt6,1,2026-01-01T00:00:00\nt7,1," + b"9" * 400 + b"\n",
        "3 bad: 2 occurred_at INVALID, 3 occurred_at INVALID, 4 occurred_at INVALID",
        kind=ImportKind.CONVERSIONS,
    ),
    BadFile(
        "an order of nobody's click",
        b"click_id,revenue\nevil,1\n" + b"A" * 5_000 + b",1\n",
        "2 bad: 2 click_id INVALID, 3 click_id INVALID",
        kind=ImportKind.CONVERSIONS,
    ),
    BadFile(
        "a stage of nobody",
        b"campaign_external_id,creator_handle,stage\nx,anna,EVIL\n",
        "1 bad: 2 creator_handle NOT_FOUND, 2 campaign_external_id NOT_FOUND, 2 stage INVALID",
        kind=ImportKind.CAMPAIGN_CREATORS,
    ),
]
MALFORMED: Final = "1 bad: 1 row MALFORMED"
JSON: Final[Mapping[str, tuple[bytes, str]]] = {
    "a list": (lines([]), MALFORMED),
    "a number": (b"1\n", MALFORMED),
    "no JSON": (b"{\n", MALFORMED),
    "half an object": (b'{"external_id": "a"', MALFORMED),
    "null": (b"null\n", MALFORMED),
    "lists in lists": (b"[" * 100_000 + b"\n", MALFORMED),
    "objects in objects": (b'{"external_id":' * 20_000 + b"1" + b"}" * 20_000 + b"\n", MALFORMED),
    "an object of an object": (lines({"external_id": {"a": 1}}), "1 bad: 1 external_id INVALID"),
    "a number of 100,000 digits": (b'{"external_id": ' + b"9" * 100_000 + b"}\n", MALFORMED),
    "infinity": (b'{"external_id": Infinity}\n', MALFORMED),
    "a lone surrogate": (lines({"external_id": "\ud800"}), MALFORMED),
    "a NUL": (lines({"external_id": "a\0b"}), "1 bad: 1 external_id INVALID"),
    "the same name twice": (b'{"external_id": "a", "External ID": "b"}\n', "1 bad: 1 external_id MALFORMED"),
    "ten thousand names": (lines({f"n{n}": 1 for n in range(10_000)}), MALFORMED),
    "a name of nobody": (lines({"external_id": "evil1", "password": "x"}), "1 bad: 1 password UNKNOWN_COLUMN"),
    "a name of 60,000 letters": (lines({"n" * 60_000: 1}), "1 bad: 1 nnn"),
    "a text of 2 MB": (lines({"external_id": "e" * 2_000_000}), "line 1: the row is longer"),
    "CSV": (b"external_id\nanna\n", "2 bad: 1 row MALFORMED, 2 row MALFORMED"),
    "two objects in one line": (b'{"external_id": "two1"} {"external_id": "two2"}\n', MALFORMED),
}
JSON_LINES: Final = [
    BadFile(f"a line that is {name}", content, says, kind=ImportKind.CONTACTS, format=ImportFormat.JSON_LINES)
    for name, (content, says) in JSON.items()
]
FILES: Final = [*ENCODINGS, *DISGUISES, *HEADERS, *ROWS, *LINKS, *OF_OTHER_KINDS, *JSON_LINES]
