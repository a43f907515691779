"""Notices of creators, together."""

from strawberry.dataloader import DataLoader

from api.batching import read_together
from api.context import Context
from tracking.creators.queries import NoticePage, NoticeRow, list_notices


def make_notice_page_loader(context: Context) -> DataLoader[tuple[NoticePage, int], list[NoticeRow]]:
    """The same page of each creator."""

    async def load(keys: list[tuple[NoticePage, int]]) -> list[list[NoticeRow]]:
        return await read_together(keys, page_of=lambda key: repr(key[0]), read=read)

    async def read(keys: list[tuple[NoticePage, int]]) -> list[list[NoticeRow]]:
        return await list_notices(context.pool, context.account_id, keys[0][0], [creator_id for _, creator_id in keys])

    return DataLoader(load_fn=load, cache_key_fn=repr)
