"""Hours of the week for many nodes at once: one statement for each range that an operation asks about."""

from collections.abc import Mapping

from strawberry.dataloader import DataLoader

from api.context import Context
from api.reports.loaders import ReportKey
from tracking.dimensions.hours_of_week import HourOfWeek, read_hours_of_week
from tracking.reports.queries import Counts, Subject
from tracking.reports.ranges import ReportRange


def make_hour_of_week_loader(context: Context) -> DataLoader[ReportKey, Mapping[HourOfWeek, Counts]]:
    async def load(keys: list[ReportKey]) -> list[Mapping[HourOfWeek, Counts]]:
        grouped: dict[ReportRange, list[Subject]] = {}
        for key in keys:
            grouped.setdefault(key.range, []).append(key.subject)
        found = {
            wanted: await read_hours_of_week(context.pool, context.account_id, subjects, wanted)
            for wanted, subjects in grouped.items()
        }
        return [found[key.range].get(key.subject, {}) for key in keys]

    return DataLoader(load_fn=load)
