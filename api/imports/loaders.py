"""Imports by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.imports.queries import ImportRow, find_imports


def make_import_loader(context: Context) -> DataLoader[int, ImportRow | None]:
    return make_row_loader(context, find_imports)
