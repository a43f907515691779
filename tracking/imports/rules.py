"""What a file to import may look like: its columns for each kind, its limits, and what can be wrong. Pure."""

import datetime as dt
import re
from collections.abc import Collection, Sequence
from enum import Enum, StrEnum
from typing import Final, NamedTuple, TypeAlias

from tracking.errors import ArchivedError, DomainError, NotFoundError, TakenError
from tracking.imports.models import ImportKind

MAX_UPLOAD_BYTES: Final = 50 * 1024 * 1024
MAX_ROWS: Final = 1_000_000
# All of a dry run is one transaction, and others wait for the rows that it holds.
MAX_DRY_ROWS: Final = 10_000
UPLOAD_TIME: Final = dt.timedelta(hours=1)
# What stands in memory at a time: one chunk of the file, and the rows of one batch.
CHUNK_BYTES: Final = 256 * 1024
BATCH_ROWS: Final = 500
MAX_ROW_CHARS: Final = 1024 * 1024
TAG_SEPARATOR: Final = "|"

COLUMNS: Final[dict[ImportKind, tuple[str, ...]]] = {
    ImportKind.CREATORS: (
        "handle",
        "external_id",
        "name",
        "platform",
        "profile_handle",
        "profile_url",
        "followers",
        "followers_as_of",
    ),
    ImportKind.CAMPAIGN_CREATORS: ("campaign_external_id", "creator_external_id", "creator_handle", "stage"),
    ImportKind.LINKS: (
        "destination_url",
        "slug",
        "host",
        "label",
        "tags",
        "creator_external_id",
        "creator_handle",
        "campaign_external_id",
    ),
    ImportKind.CONTACTS: ("external_id", "name", "share_url"),
    ImportKind.CONVERSIONS: (
        "event",
        "txn_id",
        "refund_id",
        "click_id",
        "link",
        "coupon",
        "offer_external_id",
        "revenue",
        "currency",
        "occurred_at",
    ),
}
# Of each group one is needed, in the header and, with a value, in every row.
_CAMPAIGN: Final = ("campaign_external_id",)  # not needed when the import names one campaign for all rows
NEEDED: Final[dict[ImportKind, tuple[tuple[str, ...], ...]]] = {
    ImportKind.CREATORS: (("external_id", "handle"),),
    ImportKind.CAMPAIGN_CREATORS: (_CAMPAIGN, ("creator_external_id", "creator_handle")),
    ImportKind.LINKS: (("destination_url",),),
    ImportKind.CONTACTS: (("external_id",),),
    ImportKind.CONVERSIONS: (("txn_id", "click_id"),),
}
# What our own file of bad rows adds; it is ignored when the file comes back.
ERROR_COLUMN: Final = "error"

_BETWEEN_WORDS = re.compile(r"[\s_-]+")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class ProblemCode(StrEnum):
    MALFORMED = "MALFORMED"
    UNKNOWN_COLUMN = "UNKNOWN_COLUMN"
    REQUIRED = "REQUIRED"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    TAKEN = "TAKEN"
    ARCHIVED = "ARCHIVED"


class Problem(NamedTuple):
    """One thing wrong with one row."""

    column: str
    value: str
    code: ProblemCode
    message: str


class RawRow(NamedTuple):
    """A row by the names of our columns, and as it came. `problems` are those of its form alone."""

    line: int
    values: dict[str, str]
    kept: list[str] | dict[str, str]
    problems: tuple[Problem, ...] = ()


class Outcome(Enum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


RowResult: TypeAlias = Outcome | list[Problem]


class FileFaultError(Exception):
    """The file as a whole cannot be imported; the message is for people."""


class Header(NamedTuple):
    """`columns` as they came, `names` ours, in the same order. Where our own column of errors stood, both leave out."""

    columns: list[str]
    names: list[str]
    error_place: int | None

    def drop_error(self, cells: Sequence[str]) -> list[str]:
        return [cell for place, cell in enumerate(cells) if place != self.error_place]


def read_header(cells: Sequence[str], kind: ImportKind, *, has_campaign: bool) -> Header:
    """What the columns mean. Case, blanks, `_` and `-` make no difference. Raises FileFaultError."""
    ours = {_fold(name): name for name in COLUMNS[kind]}
    error_place = next((place for place, cell in enumerate(cells) if _fold(cell) == ERROR_COLUMN), None)
    columns = [cell for place, cell in enumerate(cells) if place != error_place]
    unknown = [cell for cell in columns if _fold(cell) not in ours]
    if unknown:
        expected = ", ".join(COLUMNS[kind])
        raise FileFaultError(f"line 1: {_shorten(unknown[0])!r} is no column of this kind; the columns are {expected}")
    names = [ours[_fold(cell)] for cell in columns]
    if len(set(names)) != len(names):
        raise FileFaultError("line 1: a column stands there twice")
    for group in list_needed(kind, has_campaign=has_campaign):
        if not set(group) & set(names):
            hint = "; without it, name the campaign by `campaignId` of createImport" if group == _CAMPAIGN else ""
            raise FileFaultError(f"line 1: a column is missing: {' or '.join(group)}{hint}")
    return Header(columns, names, error_place)


def count_known(cells: Sequence[str], kind: ImportKind) -> int:
    ours = {_fold(name) for name in (*COLUMNS[kind], ERROR_COLUMN)}
    return sum(_fold(cell) in ours for cell in cells)


def find_column(name: str, kind: ImportKind) -> str | None:
    """Our name of a column; None for one that we do not know."""
    return next((ours for ours in (*COLUMNS[kind], ERROR_COLUMN) if _fold(ours) == _fold(name)), None)


def list_needed(kind: ImportKind, *, has_campaign: bool) -> list[tuple[str, ...]]:
    return [group for group in NEEDED[kind] if not (has_campaign and group == _CAMPAIGN)]


def find_missing(values: dict[str, str], kind: ImportKind, *, has_campaign: bool) -> list[Problem]:
    """What every row of the kind needs and this one has not."""
    return [
        Problem(group[0], "", ProblemCode.REQUIRED, f"give {' or '.join(group)}")
        for group in list_needed(kind, has_campaign=has_campaign)
        if not any(values.get(name) for name in group)
    ]


def describe_problem(error: DomainError, column: str, value: str) -> Problem:
    """The problem that a rule of the domain has with a value."""
    codes: dict[type[DomainError], ProblemCode] = {
        NotFoundError: ProblemCode.NOT_FOUND,
        TakenError: ProblemCode.TAKEN,
        ArchivedError: ProblemCode.ARCHIVED,
    }
    return Problem(column, value, codes.get(type(error), ProblemCode.INVALID), error.message)


def make_storable(text: str, max_chars: int | None = None) -> str:
    """What PostgreSQL cannot hold becomes `\N{REPLACEMENT CHARACTER}`, and what is too long is cut."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)[:max_chars]


def join_tags(tags: Collection[str]) -> str:
    return TAG_SEPARATOR.join(tags)


def split_tags(text: str) -> list[str]:
    return [tag for tag in (part.strip() for part in text.split(TAG_SEPARATOR)) if tag]


def _fold(name: str) -> str:
    return _BETWEEN_WORDS.sub("", name).lower()


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
