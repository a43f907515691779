"""Two of a kind may be live at once: the new one is put to use before the old one is revoked. Pure."""

from collections.abc import Collection
from typing import Final

from tracking.errors import InvalidInputError

PLACES: Final = (1, 2)


def find_free_place(taken: Collection[int], what: str, path: tuple[str, ...]) -> int:
    """Raises InvalidInputError when both are taken. Whoever asks holds a lock, and the database has a key for it."""
    free = [place for place in PLACES if place not in taken]
    if not free:
        raise InvalidInputError(f"{len(PLACES)} {what} are live already: revoke one of them first", path)
    return free[0]
