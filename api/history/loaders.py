"""Pages of the history of several nodes, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader
from api.context import Context
from tracking.history.queries import HistoryPage, HistoryRow, HistorySubject, list_history


def make_history_loader(context: Context) -> DataLoader[tuple[HistoryPage, HistorySubject], list[HistoryRow]]:
    return make_page_loader(context, list_history)
