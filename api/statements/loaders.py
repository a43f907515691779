"""Statements by id, together; their contents apart, as few ask for them."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.statements.queries import StatementContent, StatementRow, find_contents, find_statements


def make_statement_loader(context: Context) -> DataLoader[int, StatementRow | None]:
    return make_row_loader(context, find_statements)


def make_content_loader(context: Context) -> DataLoader[int, StatementContent | None]:
    return make_row_loader(context, find_contents)
