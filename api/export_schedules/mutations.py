"""Mutations of schedules of exports."""

from typing import Annotated, Any, TypeAlias

import strawberry

from api.context import Context, Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.export_schedules.types import ExportSchedule, load_export_schedule
from api.exports.mutations import ExportParametersInput
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import encode_id, read_id
from api.permissions import IsWriter
from tracking.exports.models import ExportFormat, ExportKind
from tracking.exports.schedules import ScheduleFields, create_schedule, delete_schedule, update_schedule

_CRON = (
    "Minute, hour, day of the month, month, day of the week, by the clocks of the account's time zone: `0 6 * * MON` is"
    " Mondays at six. The minute is one number."
)
_PARAMETERS = "What its exports are about; the range is a preset, such as LAST_MONTH, as of each run."


@strawberry.input(description="An export to ask for again and again.")
class CreateExportScheduleInput:
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    kind: ExportKind = strawberry.field(description="What the rows are.")
    format: ExportFormat = strawberry.field(default=ExportFormat.CSV, description="How they are written.")
    parameters: ExportParametersInput | None = strawberry.field(default=None, description=_PARAMETERS)
    cron: str = strawberry.field(description=_CRON)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="What to change of it. What is left out stays.")
class UpdateExportScheduleInput:
    id: strawberry.ID = strawberry.field(description="Of the schedule.")
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="For people, 1 to 200 characters.")
    format: strawberry.Maybe[ExportFormat] = strawberry.field(default=None, description="How rows are written.")
    parameters: strawberry.Maybe[ExportParametersInput] = strawberry.field(
        default=None, description=f"All of them, in place of those that were. {_PARAMETERS}"
    )
    cron: strawberry.Maybe[str] = strawberry.field(default=None, description=_CRON)
    is_paused: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="True: ask for nothing. False: go on with the next time that it is due."
    )


@strawberry.input(description="A schedule that is over.")
class DeleteExportScheduleInput:
    id: strawberry.ID = strawberry.field(description="Of the schedule.")


@strawberry.type(description="It runs from now on.")
class CreateExportScheduleSuccess:
    schedule: ExportSchedule = strawberry.field(description="The new one.")


@strawberry.type(description="It runs as it says now.")
class UpdateExportScheduleSuccess:
    schedule: ExportSchedule = strawberry.field(description="As it is now.")


@strawberry.type(description="It asks for nothing any more. Its exports stay as long as any.")
class DeleteExportScheduleSuccess:
    deleted_id: strawberry.ID = strawberry.field(description="Of the schedule that was.")


CreateExportScheduleResult: TypeAlias = Annotated[
    CreateExportScheduleSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("CreateExportScheduleResult", description="How it went."),
]
UpdateExportScheduleResult: TypeAlias = Annotated[
    UpdateExportScheduleSuccess | InvalidInput | NotFound,
    strawberry.union("UpdateExportScheduleResult", description="How it went."),
]
DeleteExportScheduleResult: TypeAlias = Annotated[
    DeleteExportScheduleSuccess | NotFound,
    strawberry.union("DeleteExportScheduleResult", description="How it went."),
]


@strawberry.type
class ExportScheduleMutation:
    @strawberry.mutation(
        description="Have an export made again and again. Each stands among `exports`, and is kept as long as any.",
        permission_classes=[IsWriter],
    )
    async def create_export_schedule(
        self,
        info: Info,
        given: Annotated[CreateExportScheduleInput, strawberry.argument(name="input", description="Of what, when.")],
    ) -> CreateExportScheduleResult:
        parameters = await (given.parameters or ExportParametersInput()).read(info.context)
        fields = ScheduleFields(given.name, given.format, parameters, given.cron)
        row = await create_schedule(info.context.account_id, given.kind, fields, idempotency_key=given.idempotency_key)
        return CreateExportScheduleSuccess(schedule=await _show(info.context, row.id))

    @strawberry.mutation(description="Change a schedule, pause it, or let it go on.", permission_classes=[IsWriter])
    async def update_export_schedule(
        self,
        info: Info,
        given: Annotated[UpdateExportScheduleInput, strawberry.argument(name="input", description="What, how.")],
    ) -> UpdateExportScheduleResult:
        changes: dict[str, Any] = {
            name: getattr(given, name).value for name in ("name", "format", "cron") if getattr(given, name) is not None
        }
        if given.parameters is not None:
            changes["parameters"] = await given.parameters.value.read(info.context)
        is_paused = None if given.is_paused is None else given.is_paused.value
        schedule_id = read_id(given.id, "ExportSchedule")
        row = await update_schedule(info.context.account_id, schedule_id, changes, is_paused=is_paused)
        return UpdateExportScheduleSuccess(schedule=await _show(info.context, row.id))

    @strawberry.mutation(description="End a schedule. What it made stays.", permission_classes=[IsWriter])
    async def delete_export_schedule(
        self,
        info: Info,
        given: Annotated[DeleteExportScheduleInput, strawberry.argument(name="input", description="Which one.")],
    ) -> DeleteExportScheduleResult:
        row = await delete_schedule(info.context.account_id, read_id(given.id, "ExportSchedule"))
        return DeleteExportScheduleSuccess(deleted_id=encode_id("ExportSchedule", row.id))


async def _show(context: Context, schedule_id: int) -> ExportSchedule:
    schedule = await load_export_schedule(context, schedule_id)
    if schedule is None:
        raise LookupError("a schedule that was just there is gone")
    return schedule
