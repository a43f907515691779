"""Loaders that several operations use at once: what one asked for, the others have."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from strawberry.dataloader import DataLoader

from tracking.database import TRANSIENT_ERRORS

RETRY_S: Final = 0.5


class SharedLoaders(dict[object, DataLoader[Any, Any]]):
    """What is put in becomes patient: see `_load`."""

    def __setitem__(self, make: object, loader: DataLoader[Any, Any]) -> None:
        plain = loader.load
        loader.load = lambda key: _load(loader, plain, key)  # type: ignore[method-assign]  # its own load, wrapped
        super().__setitem__(make, loader)


async def _load(loader: DataLoader[Any, Any], plain: Callable[[Any], Awaitable[Any]], key: Any) -> Any:
    """Of an operation that is cancelled, the others learn nothing; while the database is away, all wait."""
    while True:
        try:
            return await asyncio.shield(plain(key))
        except TRANSIENT_ERRORS:
            loader.clear(key)
            await asyncio.sleep(RETRY_S)
