"""Pages of the history of several nodes, together."""

from strawberry.dataloader import DataLoader

from api.batching import read_together
from api.context import Context
from tracking.history.queries import HistoryPage, HistoryRow, HistorySubject, list_history


def make_history_loader(context: Context) -> DataLoader[tuple[HistoryPage, HistorySubject], list[HistoryRow]]:
    """The same page of each node."""

    async def load(keys: list[tuple[HistoryPage, HistorySubject]]) -> list[list[HistoryRow]]:
        return await read_together(keys, page_of=lambda key: repr(key[0]), read=read)

    async def read(keys: list[tuple[HistoryPage, HistorySubject]]) -> list[list[HistoryRow]]:
        return await list_history(context.pool, context.account_id, keys[0][0], [subject for _, subject in keys])

    return DataLoader(load_fn=load, cache_key_fn=repr)
