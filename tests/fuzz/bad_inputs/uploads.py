"""Files that are not sent as they should be: to addresses of others, twice, in parts, or of another size than said."""

from typing import Final

from tests.fuzz.bad_inputs.inputs import Ask, BadInput, Rows

CHUNK: Final[Rows] = {"import_chunk": 1}
GOOD: Final = b"handle\nanna\n"
CSV: Final = ("Content-Type", "text/csv")
TOKEN: Final = b"A" * 43


def put(token: bytes, body: bytes = GOOD, *headers: tuple[str, str], method: str = "PUT") -> Ask:
    return Ask(method, b"/imports/upload/" + token, (CSV, *headers), body)


def head(token: bytes, *lines: bytes) -> bytes:
    """The beginning of an upload, as bytes."""
    return b"\r\n".join([b"PUT /imports/upload/" + token + b" HTTP/1.1", b"Host: api", *lines, b"", b""])


def fetch(path: bytes, *headers: tuple[str, str], method: str = "GET") -> Ask:
    return Ask(method, path, headers)


ADDRESSES: Final = [
    BadInput(f"an upload to {name}", put(token), "404")
    for name, token in {
        "nobody": b"evil",
        "a token of our length": TOKEN,
        "a token of 5,000 letters": b"A" * 5_000,
        "a token of blanks": b"%20%20%20",
        "a token of NULs": b"%00%00",
        "a token that is no UTF-8": b"%ff%fe",
        "a token of percent signs": b"%%%%",
        "a token in another script": b"%d0%b0%d0%b1",
        "a folder up": b"..%2f..%2fetc",
        "an address of bad rows": b"<bad rows>",
        "an address of an export": b"<export>",
        "an address with a letter more": b"<awaiting>A",
        "an address with its padding": b"<awaiting>====",
        "an address with a line break": b"<awaiting>%0a",
        "an address with a path": b"<awaiting>/more",
        "an address of nothing": b"",
        "an import that is not there": b"<not there>",
    }.items()
]
USES: Final = [
    BadInput("an upload to an address that is over", put(b"<over>"), "403"),
    BadInput("an upload from another origin", put(b"<awaiting>", GOOD, ("Origin", "https://evil.example")), "403"),
    BadInput("an upload from no origin", put(b"<awaiting>", GOOD, ("Origin", "null")), "403"),
    BadInput("an upload of POST", put(b"<awaiting>", method="POST"), "405"),
    BadInput("an upload of PATCH", put(b"<awaiting>", method="PATCH"), "405"),
    BadInput("an upload of DELETE", put(b"<awaiting>", method="DELETE"), "405"),
    BadInput("a look at an upload", put(b"<awaiting>", b"", method="GET"), "405"),
    BadInput("bad rows of an upload's address", fetch(b"/imports/bad-rows/<awaiting>"), "404"),
    BadInput("bad rows of nobody", fetch(b"/imports/bad-rows/evil"), "404"),
    BadInput("bad rows of POST", fetch(b"/imports/bad-rows/<bad rows>", method="POST"), "405"),
    BadInput("an export of nobody", fetch(b"/exports/evil"), "404"),
    BadInput("an export of an upload's address", fetch(b"/exports/<awaiting>"), "404"),
    BadInput("an export that is not there", fetch(b"/exports/<export>"), "410"),
    BadInput("an export from byte -5 on", fetch(b"/exports/<export>", ("Range", "bytes=--5")), "410"),
]
SIZES: Final = [
    BadInput("a file that says to be huge", head(b"<awaiting>", b"Content-Length: 99999999999"), "413"),
    BadInput("a file that says to be 52,428,801 bytes", head(b"<awaiting>", b"Content-Length: 52428801"), "413"),
    BadInput("a file of a size below none", head(b"<awaiting>", b"Content-Length: -1"), "400"),
    BadInput("a file of two sizes", head(b"<awaiting>", b"Content-Length: 1", b"Content-Length: 2"), "400"),
    BadInput("a file of a size of twenty digits", head(b"<awaiting>", b"Content-Length: " + b"9" * 20), "400"),
    BadInput("a file of no number", head(b"<awaiting>", b"Content-Length: evil"), "400"),
    BadInput(
        "a file in chunks of no size", head(b"<awaiting>", b"Transfer-Encoding: chunked") + b"zz\r\n", "400 or cut"
    ),
    BadInput(
        "a file in chunks that says a size, too",
        head(b"<awaiting>", b"Transfer-Encoding: chunked", b"Content-Length: 5") + b"0\r\n\r\n",
        "400",
    ),
    BadInput("a file whose transfer is compressed", head(b"<awaiting>", b"Transfer-Encoding: gzip") + GOOD, "400"),
    BadInput("half a file", head(b"<awaiting>", b"Content-Length: 99") + GOOD, "400 or cut", hangs_up=True),
    BadInput(
        "half a file of 300,000 bytes",
        head(b"<awaiting>", b"Content-Length: 600000") + b"a" * 300_000,
        "400 or cut",
        hangs_up=True,
    ),
]
TAKEN: Final = [  # whatever it says of itself, as only the worker looks into it
    BadInput("a file that says to be a picture", put(b"<picture>", GOOD, ("Content-Type", "image/png")), "201", CHUNK),
    BadInput("a file that says to be compressed", put(b"<coded>", GOOD, ("Content-Encoding", "gzip")), "201", CHUNK),
    BadInput("a file of a form", put(b"<form>", b"--x\r\n", ("Content-Type", "multipart/form-data")), "201", CHUNK),
    BadInput("a file of nothing", put(b"<nothing>", b""), "201"),
    BadInput("a file of NULs", put(b"<nuls>", b"\0" * 1_000), "201", CHUNK),
    BadInput(
        "a file in single bytes",
        head(b"<bytes>", b"Transfer-Encoding: chunked", b"Connection: close") + b"1\r\na\r\n" * 3_000 + b"0\r\n\r\n",
        "201",
        CHUNK,
    ),
    BadInput("a file with a key of nobody", put(b"<keyed>", GOOD, ("Authorization", "Bearer evil")), "201", CHUNK),
    BadInput("a part of a file", put(b"<part>", GOOD, ("Content-Range", "bytes 5-10/99")), "201", CHUNK),
    BadInput("a file that is there already", put(b"<picture>"), "409"),
    BadInput("nothing, where a file is there already", put(b"<picture>", b""), "409"),
    BadInput("a file for an import that has ended", put(b"<ended>"), "409"),
]
UPLOADS: Final = [*ADDRESSES, *USES, *SIZES, *TAKEN]
