"""Slugs that are nobody's: remembered for a while, so that guessing them costs PostgreSQL little, and rationed."""

import time
from typing import Final

UNKNOWN_TTL_S: Final = 30.0
WINDOW_S: Final = 60.0
_MAX_CLIENTS: Final = 20_000


class UnknownSlugs:
    """Bounded on its own, so that garbage never pushes out a link. A slug that comes to be is dropped at once."""

    def __init__(self, max_slugs: int) -> None:
        self._max_slugs = max_slugs
        # by lower case, as a new readable slug is found in any case
        self._expiries: dict[tuple[str, str], dict[str, float]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def holds(self, host: str, slug: str) -> bool:
        expires = self._expiries.get((host, slug.lower()), {}).get(slug)
        return expires is not None and expires > time.monotonic()

    def add(self, host: str, slug: str) -> None:
        while self._count >= self._max_slugs:
            self._count -= len(self._expiries.pop(next(iter(self._expiries))))
        spellings = self._expiries.setdefault((host, slug.lower()), {})
        self._count += slug not in spellings
        spellings[slug] = time.monotonic() + UNKNOWN_TTL_S

    def drop(self, host: str, slug: str) -> None:
        self._count -= len(self._expiries.pop((host, slug.lower()), {}))

    def clear(self) -> None:
        self._expiries.clear()
        self._count = 0


class MissBudget:
    """How many unknown slugs a client may ask for in a minute. Links that are merely cold cost it nothing."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._misses: dict[str, int] = {}
        self._window_ends = 0.0

    def is_spent(self, client: str) -> bool:
        self._roll()
        return self._misses.get(client, 0) >= self._per_minute

    def spend(self, client: str) -> None:
        self._roll()
        if client in self._misses or len(self._misses) < _MAX_CLIENTS:
            self._misses[client] = self._misses.get(client, 0) + 1

    def _roll(self) -> None:
        now = time.monotonic()
        if now >= self._window_ends:
            self._misses.clear()
            self._window_ends = now + WINDOW_S
