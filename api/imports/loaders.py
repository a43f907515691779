"""Imports by id, and what is wrong with each, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader, make_row_loader
from api.context import Context
from tracking.imports.queries import ImportRow, ProblemPage, ProblemRow, find_imports, list_problems


def make_import_loader(context: Context) -> DataLoader[int, ImportRow | None]:
    return make_row_loader(context, find_imports)


def make_problem_page_loader(context: Context) -> DataLoader[tuple[ProblemPage, int], list[ProblemRow]]:
    return make_page_loader(context, list_problems)
