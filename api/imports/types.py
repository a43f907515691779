"""An import: a file of rows, how far it is, and what was wrong with which row."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from api.context import Info
from api.enums import publish_enum
from api.ids import encode_id
from api.imports.loaders import make_problem_page_loader
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last, OrderDirection, make_connection, read_page
from api.scalars import URL, BigInt
from tracking.accounts.models import Scope
from tracking.clock import utc_now
from tracking.imports.models import ImportFormat, ImportKind, ImportStatus
from tracking.imports.queries import ImportRow, ProblemPage, ProblemRow
from tracking.imports.rules import ProblemCode
from tracking.signed_addresses import BAD_ROWS_PATH, BAD_ROWS_TIME, UPLOAD_PATH, write_address

if TYPE_CHECKING:
    from api.campaigns.types import Campaign

publish_enum(
    ImportKind,
    "What the rows of a file are.",
    {
        ImportKind.CREATORS: "Creators, by external id, else by handle; with a profile and a follower count.",
        ImportKind.CAMPAIGN_CREATORS: "Creators in campaigns, with their stage.",
        ImportKind.LINKS: "Links of creators, and custom ones, with the slugs that they had elsewhere.",
        ImportKind.CONTACTS: "Contacts, by external id.",
        ImportKind.CONVERSIONS: "Conversions, and refunds, chargebacks and voids of them.",
    },
)
publish_enum(
    ImportFormat,
    "How rows are written.",
    {
        ImportFormat.CSV: "A header with the names of the columns, then a row in each record; UTF-8.",
        ImportFormat.JSON_LINES: "A JSON object in each line, with the columns as its names; UTF-8.",
    },
)
publish_enum(
    ImportStatus,
    "How far an import is.",
    {
        ImportStatus.AWAITING_UPLOAD: "It waits for its file.",
        ImportStatus.QUEUED: "The file is here, and waits for a worker.",
        ImportStatus.RUNNING: "Rows are being written.",
        ImportStatus.COMPLETED: "Every row was written, or has its problem.",
        ImportStatus.FAILED: "It stopped; `failure` says why, and the counts say what is done.",
    },
)
publish_enum(
    ProblemCode,
    "What is wrong with a value, for programs.",
    {
        ProblemCode.MALFORMED: "The row is no proper CSV, or no JSON object.",
        ProblemCode.UNKNOWN_COLUMN: "There is no such column.",
        ProblemCode.REQUIRED: "A value is missing.",
        ProblemCode.INVALID: "The value breaks a rule.",
        ProblemCode.NOT_FOUND: "This account has no such thing.",
        ProblemCode.TAKEN: "A value that must be unique is in use.",
        ProblemCode.ARCHIVED: "What is archived cannot be changed or used.",
    },
    name="ImportProblemCode",
)


@strawberry.input(description="Which problems. What is left out or null restricts nothing.")
class ImportProblemFilter:
    codes: list[ProblemCode] | None = strawberry.field(default=None, description="With any of these codes.")
    columns: list[str] | None = strawberry.field(default=None, description="In any of these columns.")


ProblemFilter: TypeAlias = Annotated[
    ImportProblemFilter | None, strawberry.argument(description="Which ones; all when left out.")
]
ProblemOrder: TypeAlias = Annotated[
    OrderDirection, strawberry.argument(description="Which end of the file comes first.")
]


@strawberry.type(description="One thing wrong with one row, which was therefore not written.")
class ImportProblem:
    line: BigInt = strawberry.field(description="Where the row begins in the file; the first line is 1.")
    column: str = strawberry.field(description="By the name of the documentation; empty when it is about all of it.")
    value: str = strawberry.field(description="As it came, up to 500 characters.")
    code: ProblemCode = strawberry.field(description="For programs.")
    message: str = strawberry.field(description="For people: what is wrong and what would be right.")

    @classmethod
    def from_row(cls, row: ProblemRow) -> "ImportProblem":
        return cls(line=BigInt(row.line), column=row.column, value=row.value, code=row.code, message=row.message)


@strawberry.type(description="A file of rows. A row that is wrong does not hold up the others.")
class Import(Node):
    kind: ImportKind = strawberry.field(description="What its rows are.")
    format: ImportFormat = strawberry.field(description="How they are written.")
    is_dry_run: bool = strawberry.field(description="True when it only says what it would do.")
    status: ImportStatus = strawberry.field(description="How far it is.")
    failure: str | None = strawberry.field(description="Why it failed, for people.")
    upload_expires_at: dt.datetime = strawberry.field(description="Until when the file may be sent.")
    size_bytes: BigInt | None = strawberry.field(description="Of the file; null before it is here.")
    sha256: str | None = strawberry.field(description="Of the file, in hexadecimal digits.")
    rows_total: BigInt | None = strawberry.field(description="Rows in the file; null until it was looked through.")
    rows_done: BigInt = strawberry.field(description="Created + updated + unchanged + bad; a dry run's at its end.")
    created: BigInt = strawberry.field(description="Rows that made something new, or would.")
    updated: BigInt = strawberry.field(description="Rows that changed something, or would.")
    unchanged: BigInt = strawberry.field(description="Rows that said what was so already.")
    bad: BigInt = strawberry.field(description="Rows that were not written; `problems` says why.")
    created_at: dt.datetime = strawberry.field(description="When it was asked for.")
    started_at: dt.datetime | None = strawberry.field(description="When a worker began with it.")
    ended_at: dt.datetime | None = strawberry.field(description="When it was completed, or failed.")
    row: strawberry.Private[ImportRow]

    @classmethod
    def from_row(cls, row: ImportRow) -> "Import":
        return cls(
            id=encode_id("Import", row.id),
            kind=row.kind,
            format=row.format,
            is_dry_run=row.is_dry_run,
            status=row.status,
            failure=row.failure,
            upload_expires_at=row.upload_expires_at,
            size_bytes=None if row.size_bytes is None else BigInt(row.size_bytes),
            sha256=row.sha256.hex() if row.sha256 else None,
            rows_total=None if row.rows_total is None else BigInt(row.rows_total),
            rows_done=BigInt(row.rows_done),
            created=BigInt(row.created),
            updated=BigInt(row.updated),
            unchanged=BigInt(row.unchanged),
            bad=BigInt(row.bad),
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            row=row,
        )

    @strawberry.field(description="The campaign of rows that name none.")
    async def campaign(self, info: Info) -> Annotated["Campaign", strawberry.lazy("api.campaigns.types")] | None:
        from api.campaigns.types import load_campaign  # noqa: PLC0415 -- as lazy as the type itself

        return await load_campaign(info.context, self.row.campaign_id)

    @strawberry.field(
        description="PUT the file here, up to 50 MB: no key is needed. "
        "Null once it is here or the hour is over, and for those who may not write."
    )
    def upload_url(self, info: Info) -> URL | None:
        expires_at = self.row.upload_expires_at
        is_open = self.status is ImportStatus.AWAITING_UPLOAD and expires_at > utc_now()
        if not is_open or Scope.WRITE not in info.context.viewer.scopes:
            return None
        return URL(write_address(info.context.settings, UPLOAD_PATH, self.row.id, expires_at))

    @strawberry.field(
        description="A CSV of the bad rows alone, as they came, with what is wrong in a column `error`: mend them and "
        "send the file as a new import. The address needs no key and works for an hour; null when no row is bad."
    )
    def bad_rows_url(self, info: Info) -> URL | None:
        if not self.bad:
            return None
        return URL(write_address(info.context.settings, BAD_ROWS_PATH, self.row.id, utc_now() + BAD_ROWS_TIME))

    @strawberry.field(description="Everything that is wrong, by line.")
    async def problems(
        self,
        info: Info,
        *,
        filter: ProblemFilter = None,  # noqa: A002 -- the name in the graph
        order_by: ProblemOrder = OrderDirection.ASC,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ImportProblem]:
        order = f"import.problems.{order_by.name}"
        page = read_page(first, after, last, before, key_type=tuple[int, int], order=order)
        codes, columns = (filter.codes, filter.columns) if filter else (None, None)
        wanted = ProblemPage(page.window, codes, columns, order_by is OrderDirection.DESC)
        rows = await info.context.loader(make_problem_page_loader).load((wanted, self.row.id))
        return make_connection(rows, page, ImportProblem.from_row, lambda row: (row.line, row.id))
