"""Root fields about schedules of exports."""

import strawberry

from api.context import Context, Info
from api.export_schedules.types import ExportSchedule, load_export_schedule
from api.ids import read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsReader
from tracking.exports.schedule_queries import list_schedules


async def find_export_schedule(context: Context, key: str) -> ExportSchedule | None:
    return await load_export_schedule(context, read_key(key))


register_node("ExportSchedule", find_export_schedule)


@strawberry.type
class ExportScheduleQuery:
    @strawberry.field(
        description="The account's schedules of exports, the newest first.", permission_classes=[IsReader]
    )
    async def export_schedules(
        self, info: Info, *, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[ExportSchedule]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="exportSchedules")
        rows = await list_schedules(info.context.pool, info.context.account_id, page.window, is_descending=True)
        return make_connection(rows, page, ExportSchedule.from_row, lambda row: (row.id,))
