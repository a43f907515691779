"""Counts for many nodes at once: one statement for each range that an operation asks about."""

from collections.abc import Iterable
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.reports.queries import Counts, Freshness, Subject, read_buckets, read_freshness, read_totals
from tracking.reports.ranges import ReportRange
from tracking.reports.series import Bucket


class ReportKey(NamedTuple):
    subject: Subject
    range: ReportRange


def make_total_loader(context: Context) -> DataLoader[ReportKey, Counts]:
    async def load(keys: list[ReportKey]) -> list[Counts]:
        found = {
            wanted: await read_totals(context.pool, context.account_id, subjects, wanted)
            for wanted, subjects in _by_range(keys).items()
        }
        return [found[key.range].get(key.subject, Counts()) for key in keys]

    return DataLoader(load_fn=load)


def make_bucket_loader(context: Context) -> DataLoader[ReportKey, list[Bucket]]:
    """The hours or days, whichever is the grain of the range, that hold clicks."""

    async def load(keys: list[ReportKey]) -> list[list[Bucket]]:
        found = {
            wanted: await read_buckets(context.pool, context.account_id, subjects, wanted)
            for wanted, subjects in _by_range(keys).items()
        }
        return [found[key.range].get(key.subject, []) for key in keys]

    return DataLoader(load_fn=load)


def make_freshness_loader(context: Context) -> DataLoader[None, Freshness]:
    """One answer for an operation, read before the figures it is about."""

    async def load(keys: list[None]) -> list[Freshness]:
        return [await read_freshness(context.pool, context.redis)] * len(keys)

    return DataLoader(load_fn=load)


def _by_range(keys: Iterable[ReportKey]) -> dict[ReportRange, list[Subject]]:
    grouped: dict[ReportRange, list[Subject]] = {}
    for key in keys:
        grouped.setdefault(key.range, []).append(key.subject)
    return grouped
