"""Breakdowns of many nodes at once: one statement for each page that they ask for alike."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader, read_together
from api.context import Context
from tracking.dimensions.queries import knows_countries, list_parts, read_oldest_uncounted
from tracking.reports.breakdowns import BreakdownPage, BreakdownRow
from tracking.reports.queries import AnySubject


class PartsAsk(NamedTuple):
    """All of some parts of a subject, whatever their order."""

    page: BreakdownPage
    subject: AnySubject
    keys: tuple[str, ...]


def make_breakdown_loader(context: Context) -> DataLoader[tuple[BreakdownPage, AnySubject], list[BreakdownRow]]:
    return make_page_loader(context, list_parts)


def make_parts_loader(context: Context) -> DataLoader[PartsAsk, list[BreakdownRow]]:
    """Some rows may be of parts that another subject asked for."""

    async def read(asked: list[PartsAsk]) -> list[list[BreakdownRow]]:
        keys = tuple(dict.fromkeys(key for each in asked for key in each.keys))
        page = asked[0].page
        window = page.window._replace(limit=len(keys))
        subjects = [each.subject for each in asked]
        return await list_parts(context.pool, context.account_id, page._replace(keys=keys, window=window), subjects)

    async def load(asked: list[PartsAsk]) -> list[list[BreakdownRow]]:
        return await read_together(asked, page_of=lambda each: repr(each.page), read=read)

    return DataLoader(load_fn=load, cache_key_fn=repr)


def make_country_loader(context: Context) -> DataLoader[int, bool]:
    async def load(account_ids: Sequence[int]) -> list[bool]:
        return [await knows_countries(context.pool, account_id) for account_id in account_ids]

    return DataLoader(load_fn=load)


def make_oldest_loader(context: Context) -> DataLoader[bool, dt.datetime | None]:
    """Asked once for all breakdowns of a query."""

    async def load(asked: Sequence[bool]) -> list[dt.datetime | None]:
        return [await read_oldest_uncounted(context.pool)] * len(asked)

    return DataLoader(load_fn=load)
