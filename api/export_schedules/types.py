"""A schedule: an export that is asked for again and again."""

import datetime as dt
from itertools import islice
from typing import Annotated, Final

import strawberry

from api.accounts.loaders import find_zone
from api.context import Context, Info
from api.errors import refuse_input
from api.export_schedules.loaders import make_schedule_loader
from api.exports.types import ExportParameters
from api.ids import encode_id
from api.nodes import Node
from tracking.clock import utc_now
from tracking.exports.cron import list_runs
from tracking.exports.models import ExportFormat, ExportKind
from tracking.exports.schedule_queries import ScheduleRow

MAX_RUNS: Final = 100


@strawberry.type(description="An export that is asked for again and again, by the clocks of the account's time zone.")
class ExportSchedule(Node):
    name: str = strawberry.field(description="For people.")
    kind: ExportKind = strawberry.field(description="What the rows of its exports are.")
    format: ExportFormat = strawberry.field(description="How they are written.")
    parameters: ExportParameters = strawberry.field(description="What they are about; a preset as of each run.")
    cron: str = strawberry.field(description="Minute, hour, day of the month, month, day of the week.")
    is_paused: bool = strawberry.field(description="True: it asks for nothing until it goes on.")
    next_run_at: dt.datetime | None = strawberry.field(description="When it is due; null while it is paused.")
    last_run_at: dt.datetime | None = strawberry.field(description="When it was due last; null before the first time.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")

    @classmethod
    def from_row(cls, row: ScheduleRow) -> "ExportSchedule":
        values = {**row._asdict(), "id": encode_id("ExportSchedule", row.id)}
        return cls(**{**values, "parameters": ExportParameters.from_given(row.parameters)})

    @strawberry.field(description="When it is due next, up to 100 times; none while it is paused.")
    async def next_runs(
        self, info: Info, first: Annotated[int, strawberry.argument(description="How many.")] = 5
    ) -> list[dt.datetime]:
        if not 1 <= first <= MAX_RUNS:
            raise refuse_input(f"first is between 1 and {MAX_RUNS}")
        if self.is_paused:
            return []
        return list(islice(list_runs(self.cron, utc_now(), await find_zone(info.context)), first))


async def load_export_schedule(context: Context, schedule_id: int | None) -> ExportSchedule | None:
    row = await context.loader(make_schedule_loader).load(schedule_id) if schedule_id else None
    return ExportSchedule.from_row(row) if row else None
