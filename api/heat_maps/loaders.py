"""Hours of the week for many nodes at once: one statement for each range that an operation asks about."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from strawberry.dataloader import DataLoader

from api.accounts.loaders import find_zone
from api.context import Context
from api.reports.loaders import ReportKey, make_bucket_loader
from tracking.dimensions.hours_of_week import HourOfWeek, read_hours_of_week
from tracking.reports.queries import AnySubject, Counts, Subject, add_counts
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import Grain, list_grains
from tracking.reports.series import Bucket


def make_hour_of_week_loader(context: Context) -> DataLoader[ReportKey, Mapping[HourOfWeek, Counts]]:
    async def load(keys: list[ReportKey]) -> list[Mapping[HourOfWeek, Counts]]:
        grouped: dict[ReportRange, list[Subject]] = {}
        for key in keys:
            if isinstance(key.subject, Subject) and _has_hours(key.subject):
                grouped.setdefault(key.range, []).append(key.subject)
        found: dict[ReportKey, Mapping[HourOfWeek, Counts]] = {}
        for wanted, subjects in grouped.items():
            read = await read_hours_of_week(context.pool, context.account_id, subjects, wanted)
            found.update({ReportKey(subject, wanted): hours for subject, hours in read.items()})
        others = [key for key in keys if not _has_hours(key.subject)]
        hourly = [key._replace(range=key.range._replace(grain=Grain.HOUR)) for key in others]
        zone = await find_zone(context)
        for key, buckets in zip(others, await context.loader(make_bucket_loader).load_many(hourly), strict=True):
            found[key] = _sum_up(buckets, zone)
        return [found.get(key, {}) for key in keys]

    return DataLoader(load_fn=load)


def _has_hours(subject: AnySubject) -> bool:
    """Whether rollups have a row for each of its hours."""
    return isinstance(subject, Subject) and Grain.HOUR in list_grains(subject.scope)


def _sum_up(buckets: Iterable[Bucket], zone: ZoneInfo) -> dict[HourOfWeek, Counts]:
    found: dict[HourOfWeek, Counts] = {}
    for at, counts in buckets:
        local = at.astimezone(zone)
        hour = HourOfWeek(local.isoweekday(), local.hour)
        found[hour] = add_counts([found.get(hour, Counts()), counts])
    return found
