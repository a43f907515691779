"""Which bytes of a file a request wants (RFC 9110, 14). Pure."""

import re
from typing import Final, NamedTuple

_ONE_RANGE: Final = re.compile(r"bytes=\s*([0-9]{0,40})-([0-9]{0,40})\s*", re.ASCII)


class ByteRange(NamedTuple):
    """Both inclusive. Of an empty file the last byte is -1."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


class UnsatisfiableError(Exception):
    """No byte of the file is in the range, or it cannot be read."""


def find_range(header: str | None, if_range: str | None, etag: str, size: int) -> ByteRange | None:
    """None for all of the file. A range of another version, in another unit, or in several parts is not followed.

    Raises UnsatisfiableError.
    """
    if header is None or not header.lower().startswith("bytes=") or "," in header:
        return None
    if if_range is not None and if_range != etag:
        return None
    matched = _ONE_RANGE.fullmatch(header.lower())
    first, last = matched.groups() if matched else ("", "")
    if not first and not last:
        raise UnsatisfiableError
    if not first:
        found = ByteRange(max(size - int(last), 0), size - 1)
    else:
        found = ByteRange(int(first), min(int(last), size - 1) if last else size - 1)
    if found.first >= size or found.size < 1 or (first and last and int(last) < int(first)):
        raise UnsatisfiableError
    return found
