"""Creatives by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.creatives.queries import CreativeRow, find_creatives


def make_creative_loader(context: Context) -> DataLoader[int, CreativeRow | None]:
    return make_row_loader(context, find_creatives)
