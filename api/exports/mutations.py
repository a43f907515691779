"""Mutations of exports."""

from typing import Annotated, TypeAlias

import strawberry

from api.accounts.loaders import find_zone
from api.after_commit import ask_for_export
from api.context import Context, Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.exports.queries import load_export
from api.exports.types import Export
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_ids, read_optional_id
from api.permissions import IsReader
from api.reports.types import DateRange
from tracking.exports.models import ExportFormat, ExportKind
from tracking.exports.parameters import ExportParameters
from tracking.exports.service import NewExport, request_export
from tracking.reports.ranges import ReportRange, resolve_days, resolve_instants


@strawberry.input(
    description="What an export is about. What is left out or null restricts nothing; each kind takes some of these "
    "and refuses the others."
)
class ExportParametersInput:
    range: DateRange | None = strawberry.field(
        default=None, description="When clicks, or conversions, happened; everything when left out."
    )
    link_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these links.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Of this campaign.")
    creator_id: strawberry.ID | None = strawberry.field(default=None, description="Of this creator.")
    message_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these messages.")
    offer_id: strawberry.ID | None = strawberry.field(default=None, description="Of this offer.")
    segment_id: strawberry.ID | None = strawberry.field(default=None, description="Of this segment.")
    counted_only: bool = strawberry.field(default=False, description="Only what reports count.")
    byte_order_mark: bool = strawberry.field(
        default=False, description="Start a CSV with a byte order mark, so that Excel takes it for UTF-8."
    )

    async def read(self, context: Context) -> ExportParameters:
        """A preset stays one, so that it can be resolved when it is needed. Raises InvalidInputError."""
        resolved = await _resolve(context, self.range) if self.range else None
        return ExportParameters(
            preset=(self.range.preset or None) if self.range else None,
            range_start=resolved.start if resolved else None,
            range_end=resolved.end if resolved else None,
            link_ids=read_ids(self.link_ids, "Link"),
            campaign_id=read_optional_id(self.campaign_id, "Campaign"),
            creator_id=read_optional_id(self.creator_id, "Creator"),
            message_ids=read_ids(self.message_ids, "Message"),
            offer_id=read_optional_id(self.offer_id, "Offer"),
            segment_id=read_optional_id(self.segment_id, "Segment"),
            is_counted_only=self.counted_only,
            has_byte_order_mark=self.byte_order_mark,
        )


async def _resolve(context: Context, wanted: DateRange) -> ReportRange | None:
    zone = await find_zone(context)
    if wanted.days:
        return resolve_days(wanted.days.from_, wanted.days.to, zone)
    return resolve_instants(wanted.instants.from_, wanted.instants.to, zone) if wanted.instants else None


@strawberry.input(description="A file to make.")
class RequestExportInput:
    kind: ExportKind = strawberry.field(description="What its rows are.")
    format: ExportFormat = strawberry.field(default=ExportFormat.CSV, description="How they are written.")
    parameters: ExportParametersInput | None = strawberry.field(
        default=None, description="What it is about; everything when left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The export waits for a worker.")
class RequestExportSuccess:
    export: Export = strawberry.field(description="Ask for it again to see how far it is.")


RequestExportResult: TypeAlias = Annotated[
    RequestExportSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("RequestExportResult", description="How it went."),
]


@strawberry.type
class ExportMutation:
    @strawberry.mutation(
        description="Have rows written to a file, at any size. It changes nothing, so that whoever may read may ask.",
        permission_classes=[IsReader],
    )
    async def request_export(
        self,
        info: Info,
        given: Annotated[RequestExportInput, strawberry.argument(name="input", description="Of what.")],
    ) -> RequestExportResult:
        parameters = await (given.parameters or ExportParametersInput()).read(info.context)
        wanted = NewExport(given.kind, given.format, parameters)
        row = await request_export(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        await ask_for_export(info.context, row.id)
        requested = await load_export(info.context, row.id)
        if requested is None:
            raise LookupError("an export that was just there is gone")
        return RequestExportSuccess(export=requested)
