"""Exports by id."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.exports.queries import ExportRow, find_exports


def make_export_loader(context: Context) -> DataLoader[int, ExportRow | None]:
    return make_row_loader(context, find_exports)
