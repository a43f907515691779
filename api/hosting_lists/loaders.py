"""Hosting lists by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.bots.hosting.listing import HostingListRow, find_hosting_lists


def make_hosting_list_loader(context: Context) -> DataLoader[int, HostingListRow | None]:
    return make_row_loader(context, find_hosting_lists)
