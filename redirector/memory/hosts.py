"""Whose tracking domain a request came to, and what its account says about reports of conversions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg
import msgspec

from redirector.counters import Counters
from redirector.memory.changes import ChangeFeed
from redirector.memory.kept import DEADLINE_S, Kept
from tracking.changes.rules import ChangeKind
from tracking.domains.hosts import read_hosts
from tracking.interstitials.rules import Branding
from tracking.links.rules import normalise_host


class HostTerms(msgspec.Struct, frozen=True):
    """Where there are no `snippet_origins`, the snippets may run anywhere."""

    account_id: int
    snippet_keys: frozenset[str]  # publishable: who knows one has proved nothing
    snippet_origins: tuple[str, ...]
    branding: Branding | None


_MAX_SPELLINGS: Final = 4_096


class Hosts:
    def __init__(self, pool: asyncpg.Pool, feed: ChangeFeed, counters: Counters) -> None:
        self._pool = pool
        self._spellings: dict[bytes, str] = {}
        self._kept: Kept[str, HostTerms] = Kept(self._read, feed, counters)
        feed.watch(self._drop)

    async def find(self, raw_host: bytes) -> HostTerms | None:
        """By the Host header as it came. None: no verified domain of ours. Raises UnavailableError."""
        host = normalise_host(raw_host.decode("latin-1"))
        terms = None if host is None else await self._kept.find(host)
        if host is not None and terms is not None:
            if len(self._spellings) >= _MAX_SPELLINGS:
                self._spellings.clear()
            self._spellings[raw_host] = host
        return terms

    def recall(self, raw_host: bytes) -> HostTerms | None:
        """What is in memory, without waiting for anybody. None says nothing."""
        host = self._spellings.get(raw_host)
        return None if host is None else self._kept.recall(host)

    async def close(self) -> None:
        await self._kept.close()

    async def _read(self, hosts: Sequence[str]) -> Mapping[str, HostTerms]:
        return {row["host"]: _read_terms(row) for row in await read_hosts(self._pool, hosts, timeout_s=DEADLINE_S)}

    def _drop(self, kind: int | None, ref_id: int) -> None:
        if kind == ChangeKind.ACCOUNT:
            self._kept.drop_where(lambda _, terms: terms.account_id == ref_id)
        elif kind is None or kind == ChangeKind.DOMAIN:
            self._kept.clear()


def _read_terms(row: Any) -> HostTerms:
    branding = row["branding"]
    return HostTerms(
        account_id=row["account_id"],
        snippet_keys=frozenset(row["snippet_keys"]),
        snippet_origins=tuple(row["snippet_origins"]),
        branding=None if branding is None else msgspec.json.decode(branding, type=Branding),
    )
