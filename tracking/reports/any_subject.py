"""Reads of whatever a report may be about: subjects with rollups, tags, and contacts in a range.

Each kind that is among the subjects takes a statement or two, however many of it there are.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

import asyncpg

from tracking.reports.contact_queries import read_contact_buckets, read_contact_outcomes, read_contact_totals
from tracking.reports.outcome_queries import FoundOutcomes, read_outcome_buckets, read_outcomes
from tracking.reports.queries import AnySubject, Counts, Subject, TagSubject, read_buckets, read_totals
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import Scope, list_grains
from tracking.reports.series import Bucket
from tracking.reports.tag_queries import (
    read_tag_buckets,
    read_tag_outcome_buckets,
    read_tag_outcomes,
    read_tag_totals,
)

Told = TypeVar("Told")
_Read: TypeAlias = Callable[[asyncpg.Pool, int, Sequence[Any], ReportRange], Awaitable[dict[Any, Told]]]


class _Kinds(NamedTuple):
    stored: list[Subject]
    tags: list[TagSubject]
    contacts: list[Subject]


async def read_any_totals(
    pool: asyncpg.Pool, account_id: int, subjects: Iterable[AnySubject], wanted: ReportRange
) -> dict[AnySubject, Counts]:
    readers = (read_totals, read_tag_totals, read_contact_totals)
    return await _read(pool, account_id, subjects, wanted, readers)


async def read_any_buckets(
    pool: asyncpg.Pool, account_id: int, subjects: Iterable[AnySubject], wanted: ReportRange
) -> dict[AnySubject, list[Bucket]]:
    return await _read(pool, account_id, subjects, wanted, (read_buckets, read_tag_buckets, read_contact_buckets))


async def read_any_outcomes(
    pool: asyncpg.Pool, account_id: int, subjects: Iterable[AnySubject], wanted: ReportRange
) -> dict[AnySubject, FoundOutcomes]:
    return await _read(pool, account_id, subjects, wanted, (read_outcomes, read_tag_outcomes, read_contact_outcomes))


async def read_any_outcome_buckets(
    pool: asyncpg.Pool, account_id: int, subjects: Iterable[AnySubject], wanted: ReportRange
) -> dict[AnySubject, FoundOutcomes]:
    readers = (read_outcome_buckets, read_tag_outcome_buckets, read_contact_outcomes)
    return await _read(pool, account_id, subjects, wanted, readers)


async def _read(
    pool: asyncpg.Pool,
    account_id: int,
    subjects: Iterable[AnySubject],
    wanted: ReportRange,
    readers: tuple[_Read[Told], _Read[Told], _Read[Told]],
) -> dict[AnySubject, Told]:
    found: dict[AnySubject, Told] = {}
    sorted_by_kind: Sequence[Sequence[AnySubject]] = _sort(subjects, wanted)
    for read, some in zip(readers, sorted_by_kind, strict=True):
        if some:
            found.update(await read(pool, account_id, some, wanted))
    return found


def _sort(subjects: Iterable[AnySubject], wanted: ReportRange) -> _Kinds:
    kinds = _Kinds([], [], [])
    for subject in subjects:
        if isinstance(subject, TagSubject):
            kinds.tags.append(subject)
        elif wanted.grain in list_grains(subject.scope):
            kinds.stored.append(subject)
        elif subject.scope is Scope.CONTACT:
            kinds.contacts.append(subject)
    return kinds
