"""A hosting list: networks in which there are servers, and seldom people."""

import datetime as dt

import strawberry

from api.context import Context
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.hosting_lists.loaders import make_hosting_list_loader
from api.ids import encode_id
from api.nodes import Node
from api.pagination import Connection
from tracking.bots.hosting.listing import HostingListRow


@strawberry.type(
    description="The networks of a hosting provider, as the account has put them. Clicks from there that happen from "
    "then on have the reason HOSTING_NETWORK. It holds for this account alone, over what the operator knows."
)
class HostingList(Node):
    name: str = strawberry.field(description="Of the provider. Of the lists in use no two have the same, in any case.")
    network_count: int = strawberry.field(
        description="How many networks that is, once those that lie in each other or side by side are made one."
    )
    archived_at: dt.datetime | None = strawberry.field(
        description="Since when it is not used any more, because it was archived or another took its place."
    )
    created_at: dt.datetime = strawberry.field(description="When it was put.")
    row: strawberry.Private[HostingListRow]

    @classmethod
    def from_row(cls, row: HostingListRow) -> "HostingList":
        return cls(
            id=encode_id("HostingList", row.id),
            name=row.name,
            network_count=row.network_count,
            archived_at=row.archived_at,
            created_at=row.created_at,
            row=row,
        )

    history: Connection[HistoryEntry] = make_history_field("HostingList", "Who put and archived it, and when.")


async def load_hosting_list(context: Context, list_id: int | None) -> HostingList | None:
    row = await context.loader(make_hosting_list_loader).load(list_id) if list_id else None
    return HostingList.from_row(row) if row else None


async def require_hosting_list(context: Context, list_id: int) -> HostingList:
    found = await load_hosting_list(context, list_id)
    if found is None:
        raise LookupError("a hosting list that was just there is gone")
    return found
