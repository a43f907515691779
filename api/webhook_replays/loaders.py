"""Replays by id, and those of webhooks, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader, make_row_loader
from api.context import Context
from tracking.webhooks.queries import ReplayPage, ReplayRow, find_replays, list_replays


def make_replay_loader(context: Context) -> DataLoader[int, ReplayRow | None]:
    return make_row_loader(context, find_replays)


def make_replay_page_loader(context: Context) -> DataLoader[tuple[ReplayPage, int], list[ReplayRow]]:
    """By the id of the webhook."""
    return make_page_loader(context, list_replays)
