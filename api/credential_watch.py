"""Ends what stays open once its credential has ended: all open streams of this process, in one statement each time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from tracking.accounts.credentials import Credential, find_ended
from tracking.database import TRANSIENT_ERRORS

LOOK_EVERY_S: Final = 0.5


@dataclass(eq=False)
class Watched:
    credential: Credential
    woken: asyncio.Event
    has_ended: bool = field(default=False)


class CredentialWatch:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._open: set[Watched] = set()

    @contextmanager
    def watching(self, credential: Credential, woken: asyncio.Event) -> Iterator[Watched]:
        """`has_ended` tells when it is over; `woken` is set then, for who waits."""
        watched = Watched(credential, woken)
        self._open.add(watched)
        try:
            yield watched
        finally:
            self._open.discard(watched)

    async def run(self) -> None:
        """For ever. While the database does not answer, nothing can be told of any credential."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._open:
                try:
                    await self._look()
                except TRANSIENT_ERRORS:
                    continue

    async def _look(self) -> None:
        looked_at = list(self._open)
        ended = await find_ended(self._pool, {watched.credential for watched in looked_at})
        for watched in looked_at:
            if watched.credential in ended:
                watched.has_ended = True
                watched.woken.set()
