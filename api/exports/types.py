"""An export: rows as a file, made by the worker, kept for a week behind a signed address."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Info
from api.enums import publish_enum
from api.ids import encode_id
from api.nodes import Node
from api.reports.types import ResolvedRange
from api.scalars import URL, BigInt
from tracking.clock import utc_now
from tracking.exports.layouts import Column
from tracking.exports.models import ExportFormat, ExportKind, ExportStatus
from tracking.exports.parameters import ExportParameters as Given
from tracking.exports.queries import ExportRow
from tracking.reports.ranges import Preset
from tracking.signed_addresses import DOWNLOAD_PATH, DOWNLOAD_TIME, write_address

if TYPE_CHECKING:
    from api.export_schedules.types import ExportSchedule

publish_enum(
    ExportKind,
    "What the rows of an export are. `dataDictionary` says what stands in each.",
    {
        ExportKind.LINKS_SUMMARY: "Links with their clicks.",
        ExportKind.ACTIONS_ALL_TYPES: "What contacts did on messages, of all types.",
        ExportKind.USER_ACTIVITY_ALL: "What users shared and what came of it.",
        ExportKind.USER_ACTIVITY_BY_TYPE: "The same, by type.",
        ExportKind.CONTACTS: "Contacts.",
        ExportKind.CREATOR_PROFILE: "A creator over all campaigns.",
        ExportKind.CAMPAIGN_PERFORMANCE: "A campaign's creators and what each of them brought.",
        ExportKind.CLICKS: "Raw clicks, for as long as they are kept.",
        ExportKind.CONVERSIONS: "Conversions as they stand.",
        ExportKind.PAYOUTS: "What creators earned and what was taken back, by currency.",
        ExportKind.SEGMENT: "The contacts of a segment.",
    },
)
publish_enum(
    ExportFormat,
    "How rows are written.",
    {
        ExportFormat.CSV: "RFC 4180 in UTF-8, with a header.",
        ExportFormat.JSON_LINES: "A JSON object in each line, in UTF-8.",
        ExportFormat.XLSX: "A workbook, with a sheet that explains the columns.",
        ExportFormat.PARQUET: "Where the service was installed with its extra `parquet`.",
    },
)
publish_enum(
    ExportStatus,
    "How far an export is.",
    {
        ExportStatus.QUEUED: "It waits for a worker.",
        ExportStatus.RUNNING: "Its file is being written.",
        ExportStatus.COMPLETED: "Its file is there.",
        ExportStatus.FAILED: "It stopped; `failure` says why.",
        ExportStatus.EXPIRED: "It was completed; its file is kept no more.",
    },
)


@strawberry.type(description="What an export is about. What is null restricts nothing.")
class ExportParameters:
    preset: Preset | None = strawberry.field(
        description="Of a schedule: the range, which each of its exports has as it is then; null for others."
    )
    range: ResolvedRange | None = strawberry.field(description="The range that it is really about; null: everything.")
    link_ids: list[strawberry.ID] | None = strawberry.field(description="Of these links.")
    campaign_id: strawberry.ID | None = strawberry.field(description="Of this campaign.")
    creator_id: strawberry.ID | None = strawberry.field(description="Of this creator.")
    message_ids: list[strawberry.ID] | None = strawberry.field(description="Of these messages.")
    offer_id: strawberry.ID | None = strawberry.field(description="Of this offer.")
    segment_id: strawberry.ID | None = strawberry.field(description="Of this segment.")
    counted_only: bool = strawberry.field(description="True: only what reports count.")
    byte_order_mark: bool = strawberry.field(description="True: a CSV starts with one, as Excel likes it.")

    @classmethod
    def from_given(cls, given: Given) -> "ExportParameters":
        start, end = given.range_start, given.range_end
        return cls(
            preset=given.preset,
            range=ResolvedRange(from_=start, to=end) if end is not None else None,
            link_ids=_encode(given.link_ids, "Link"),
            campaign_id=_encode_one(given.campaign_id, "Campaign"),
            creator_id=_encode_one(given.creator_id, "Creator"),
            message_ids=_encode(given.message_ids, "Message"),
            offer_id=_encode_one(given.offer_id, "Offer"),
            segment_id=_encode_one(given.segment_id, "Segment"),
            counted_only=given.is_counted_only,
            byte_order_mark=given.has_byte_order_mark,
        )


@strawberry.type(description="What stands in a column of an export.")
class ExportColumn:
    name: str = strawberry.field(description="As the header has it, and as JSON Lines name it.")
    type: str = strawberry.field(description="TEXT, INTEGER, NUMBER, BOOLEAN, DECIMAL, MOMENT or DATE.")
    description: str = strawberry.field(description="What it says.")

    @classmethod
    def from_column(cls, column: Column) -> "ExportColumn":
        return cls(name=column.name, type=column.type_name, description=column.description)


@strawberry.type(description="Rows as a file. It is made once, and kept for 7 days.")
class Export(Node):
    kind: ExportKind = strawberry.field(description="What its rows are.")
    format: ExportFormat = strawberry.field(description="How they are written.")
    parameters: ExportParameters = strawberry.field(description="What it is about.")
    status: ExportStatus = strawberry.field(description="How far it is.")
    failure: str | None = strawberry.field(description="Why it failed, for people.")
    rows_total: BigInt | None = strawberry.field(
        description="How many rows there are: an estimate while it runs, null where nobody knows."
    )
    rows_done: BigInt = strawberry.field(description="How many of them are written.")
    size_bytes: BigInt | None = strawberry.field(description="Of the file; null before it is there.")
    sha256: str | None = strawberry.field(description="Of the file, in hexadecimal digits.")
    as_of: dt.datetime | None = strawberry.field(
        description="All of it is as it was at one moment, this one or just after; null before it begins."
    )
    due_at: dt.datetime | None = strawberry.field(description="Of a schedule's: the run that it is; null for others.")
    expires_at: dt.datetime | None = strawberry.field(description="When its file is deleted.")
    created_at: dt.datetime = strawberry.field(description="When it was asked for.")
    started_at: dt.datetime | None = strawberry.field(description="When a worker began with it.")
    ended_at: dt.datetime | None = strawberry.field(description="When it was completed, or failed.")
    row: strawberry.Private[ExportRow]

    @classmethod
    def from_row(cls, row: ExportRow) -> "Export":
        return cls(
            id=encode_id("Export", row.id),
            kind=row.kind,
            format=row.format,
            parameters=ExportParameters.from_given(row.parameters),
            status=row.status,
            failure=row.failure,
            rows_total=None if row.rows_total is None else BigInt(row.rows_total),
            rows_done=BigInt(row.rows_done),
            size_bytes=None if row.size_bytes is None else BigInt(row.size_bytes),
            sha256=row.sha256.hex() if row.sha256 else None,
            as_of=row.as_of,
            due_at=row.due_at,
            expires_at=row.expires_at,
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            row=row,
        )

    @strawberry.field(
        description="GET the file here: no key is needed, and a download that was cut off is taken up where it was. "
        "Works for 24 hours, and is new each time; null while there is no file."
    )
    def download_url(self, info: Info) -> URL | None:
        expires_at = self.row.expires_at
        if self.status is not ExportStatus.COMPLETED or expires_at is None or expires_at <= utc_now():
            return None
        until = min(expires_at, utc_now() + DOWNLOAD_TIME)
        return URL(write_address(info.context.settings, DOWNLOAD_PATH, self.row.id, until))

    @strawberry.field(description="The schedule that asked for it; null for others.")
    async def schedule(
        self, info: Info
    ) -> Annotated["ExportSchedule", strawberry.lazy("api.export_schedules.types")] | None:
        from api.export_schedules.types import load_export_schedule  # noqa: PLC0415 -- as lazy as the type itself

        return await load_export_schedule(info.context, self.row.schedule_id)


def _encode(keys: list[int] | None, type_name: str) -> list[strawberry.ID] | None:
    return None if keys is None else [encode_id(type_name, key) for key in keys]


def _encode_one(key: int | None, type_name: str) -> strawberry.ID | None:
    return None if key is None else encode_id(type_name, key)
