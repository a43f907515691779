"""The history of anything that keeps one, for a field of its type."""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

import strawberry

from api.context import Context, Info
from api.history.loaders import make_history_loader
from api.history.types import HistoryEntry, HistoryOrder
from api.pagination import After, Before, Connection, First, Last, PageArguments, make_connection, read_page
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


def make_history_field(
    subject_type: str,
    description: str = "Who changed it, when, and from what to what.",
    *,
    subject_id_of: Callable[[Any], int] = lambda root: root.row.id,
) -> Any:
    """What changed about a node, entry by entry. `subject_type` is the type's name in the graph."""

    async def resolve(
        root: strawberry.Parent[Any],
        info: Info,
        *,
        order_by: HistoryOrderArgument = HistoryOrder.NEWEST_FIRST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[HistoryEntry]:
        page = PageArguments(first, after, last, before)
        return await connect_history(info.context, subject_type, subject_id_of(root), page, order_by)

    return strawberry.field(resolver=resolve, description=description)
