"""The history of anything that keeps one, for a field of its type."""

from typing import Annotated, TypeAlias

import strawberry

from api.context import Context
from api.history.loaders import make_history_loader
from api.history.types import HistoryEntry, HistoryOrder
from api.pagination import Connection, PageArguments, make_connection, read_page
from tracking.history.queries import HistoryPage, HistorySubject

HistoryOrderArgument: TypeAlias = Annotated[HistoryOrder, strawberry.argument(description="What comes first.")]


async def connect_history(
    context: Context,
    subject_type: str,
    subject_id: int,
    arguments: PageArguments,
    order: HistoryOrder = HistoryOrder.NEWEST_FIRST,
) -> Connection[HistoryEntry]:
    """One page; those of nodes beside each other are one statement. `subject_type` is the type's name in the graph."""
    page = read_page(*arguments, key_type=tuple[int], order=f"history.{subject_type}.{subject_id}.{order.name}")
    wanted = HistoryPage(page.window, order is HistoryOrder.NEWEST_FIRST)
    subject = HistorySubject(subject_type, subject_id)
    rows = await context.loader(make_history_loader).load((wanted, subject))
    return make_connection(rows, page, HistoryEntry.from_row, lambda row: (row.id,))
