"""Schedules of exports by id."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.exports.schedule_queries import ScheduleRow, find_schedules


def make_schedule_loader(context: Context) -> DataLoader[int, ScheduleRow | None]:
    return make_row_loader(context, find_schedules)
