"""Snippet keys by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.snippets.queries import SnippetKeyRow, find_snippet_keys


def make_snippet_key_loader(context: Context) -> DataLoader[int, SnippetKeyRow | None]:
    return make_row_loader(context, find_snippet_keys)
