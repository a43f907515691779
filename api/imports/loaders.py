"""Imports by id, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.imports.queries import ImportRow, find_imports


def make_import_loader(context: Context) -> DataLoader[int, ImportRow | None]:
    async def load(import_ids: list[int]) -> list[ImportRow | None]:
        found = await find_imports(context.pool, context.account_id, import_ids)
        return [found.get(import_id) for import_id in import_ids]

    return DataLoader(load_fn=load)
