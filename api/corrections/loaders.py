"""Corrections by id, and what each of them changes, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader, make_row_loader
from api.context import Context
from tracking.bots.corrections.queries import ChangePage, ChangeRow, CorrectionRow, find_corrections, list_changes


def make_correction_loader(context: Context) -> DataLoader[int, CorrectionRow | None]:
    return make_row_loader(context, find_corrections)


def make_change_page_loader(context: Context) -> DataLoader[tuple[ChangePage, int], list[ChangeRow]]:
    return make_page_loader(context, list_changes)
