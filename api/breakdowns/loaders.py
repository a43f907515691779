"""Breakdowns of many nodes at once: one statement for each page that they ask for alike."""

from typing import NamedTuple

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader, read_together
from api.context import Context
from tracking.dimensions.queries import list_parts
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
