"""Ends what stays open once its credential has ended: all open streams of this process, in one statement each time."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from tracking.accounts.credentials import Credential, renew_credentials
from tracking.clock import utc_now
from tracking.database import TRANSIENT_ERRORS

LOOK_EVERY_S: Final = 0.5


@dataclass(eq=False)
class _Watched:
    credential: Credential
    origin: str | None  # of the page that listens, when it is not ours
    end: Callable[[], None]

    def has_ended(self, now: Credential | None) -> bool:
        """Also once it may less than when the stream began: what is told was asked with what it had."""
        if now is None or not self.credential.scopes <= now.scopes:
            return True
        return self.origin is not None and self.origin not in now.browser_origins


class CredentialWatch:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._open: set[_Watched] = set()

    @contextmanager
    def until_ended(self, credential: Credential, origin: str | None, end: Callable[[], None]) -> Iterator[None]:
        """`end` is called once, when it is over."""
        watched = _Watched(credential, origin, end)
        self._open.add(watched)
        try:
            yield
        finally:
            self._open.discard(watched)

    async def run(self) -> None:
        """For ever. While the database does not answer, only the time can end a credential."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._open:
                try:
                    await self._look()
                except TRANSIENT_ERRORS:
                    continue

    async def _look(self) -> None:
        now = utc_now()
        self._end(watched for watched in list(self._open) if watched.credential.is_over(now))
        looked_at = list(self._open)
        renewed = await renew_credentials(self._pool, {watched.credential for watched in looked_at})
        self._end(watched for watched in looked_at if watched.has_ended(renewed[watched.credential]))

    def _end(self, ended: Iterable[_Watched]) -> None:
        for watched in ended:
            if watched in self._open:
                self._open.discard(watched)
                watched.end()
