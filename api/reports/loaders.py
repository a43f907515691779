"""Counts for many nodes at once: one statement for each range that an operation asks about."""

from collections.abc import Iterable
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.reports.any_subject import (
    read_any_buckets,
    read_any_outcome_buckets,
    read_any_outcomes,
    read_any_totals,
)
from tracking.reports.outcome_queries import NOTHING_FOUND, FoundOutcomes
from tracking.reports.queries import AnySubject, Counts, Freshness, read_freshness
from tracking.reports.ranges import ReportRange
from tracking.reports.recipient_outcomes import read_recipient_outcomes
from tracking.reports.series import Bucket


class ReportKey(NamedTuple):
    subject: AnySubject
    range: ReportRange


def make_total_loader(context: Context) -> DataLoader[ReportKey, Counts]:
    async def load(keys: list[ReportKey]) -> list[Counts]:
        found = {
            wanted: await read_any_totals(context.pool, context.account_id, subjects, wanted)
            for wanted, subjects in _by_range(keys).items()
        }
        return [found[key.range].get(key.subject, Counts()) for key in keys]

    return DataLoader(load_fn=load)


def make_bucket_loader(context: Context) -> DataLoader[ReportKey, list[Bucket]]:
    """The hours or days, whichever is the grain of the range, that hold clicks."""

    async def load(keys: list[ReportKey]) -> list[list[Bucket]]:
        found = {
            wanted: await read_any_buckets(context.pool, context.account_id, subjects, wanted)
            for wanted, subjects in _by_range(keys).items()
        }
        return [found[key.range].get(key.subject, []) for key in keys]

    return DataLoader(load_fn=load)


def make_outcome_loader(context: Context) -> DataLoader[ReportKey, FoundOutcomes]:
    async def load(keys: list[ReportKey]) -> list[FoundOutcomes]:
        found = {
            wanted: await read_any_outcomes(context.pool, context.account_id, subjects, wanted)
            for wanted, subjects in _by_range(keys).items()
        }
        return [found[key.range].get(key.subject, NOTHING_FOUND) for key in keys]

    return DataLoader(load_fn=load)


def make_outcome_bucket_loader(context: Context) -> DataLoader[ReportKey, FoundOutcomes]:
    """By hour or day, whichever is the grain of the range."""

    async def load(keys: list[ReportKey]) -> list[FoundOutcomes]:
        found = {
            wanted: await read_any_outcome_buckets(context.pool, context.account_id, subjects, wanted)
            for wanted, subjects in _by_range(keys).items()
        }
        return [found[key.range].get(key.subject, NOTHING_FOUND) for key in keys]

    return DataLoader(load_fn=load)


def make_recipient_outcome_loader(context: Context) -> DataLoader[int, FoundOutcomes]:
    """Of contacts' own links, by id, for which rollups have no row each."""

    async def load(link_ids: list[int]) -> list[FoundOutcomes]:
        found = await read_recipient_outcomes(context.pool, context.account_id, link_ids)
        return [found.get(link_id, NOTHING_FOUND) for link_id in link_ids]

    return DataLoader(load_fn=load)


def make_freshness_loader(context: Context) -> DataLoader[None, Freshness]:
    """One answer for an operation, read before the figures it is about."""

    async def load(keys: list[None]) -> list[Freshness]:
        return [await read_freshness(context.pool, context.shards)] * len(keys)

    return DataLoader(load_fn=load)


def _by_range(keys: Iterable[ReportKey]) -> dict[ReportRange, list[AnySubject]]:
    grouped: dict[ReportRange, list[AnySubject]] = {}
    for key in keys:
        grouped.setdefault(key.range, []).append(key.subject)
    return grouped
