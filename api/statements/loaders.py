"""Statements by id, together; their contents apart, as few ask for them, and read once, as they are long."""

import asyncio

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.statements.queries import StatementContent, StatementRow, find_contents, find_statements
from tracking.statements.rules import Content, read_content


def make_statement_loader(context: Context) -> DataLoader[int, StatementRow | None]:
    return make_row_loader(context, find_statements)


def make_content_loader(context: Context) -> DataLoader[int, StatementContent | None]:
    return make_row_loader(context, find_contents)


def make_reading_loader(context: Context) -> DataLoader[int, Content | None]:
    async def load(keys: list[int]) -> list[Content | None]:
        found = await context.loader(make_content_loader).load_many(keys)
        return [await asyncio.to_thread(read_content, each.text) if each else None for each in found]

    return DataLoader(load_fn=load)
