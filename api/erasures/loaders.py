"""Erasures by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.erasure.queries import ErasureRow, find_erasures


def make_erasure_loader(context: Context) -> DataLoader[int, ErasureRow | None]:
    return make_row_loader(context, find_erasures)
