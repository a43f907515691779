"""Follower counts of profiles, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader
from api.context import Context
from tracking.creators.queries import FollowerCountPage, FollowerCountRow, list_follower_counts


def make_follower_count_page_loader(
    context: Context,
) -> DataLoader[tuple[FollowerCountPage, int], list[FollowerCountRow]]:
    return make_page_loader(context, list_follower_counts)
