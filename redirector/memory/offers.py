"""Which offer a report names: by the brand's own id of it, or by its id on the graph."""

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg
import msgspec

from redirector.counters import Counters
from redirector.memory.changes import ChangeFeed
from redirector.memory.kept import DEADLINE_S, Kept
from tracking.changes.rules import ChangeKind
from tracking.offers.references import read_offers

MAX_REFERENCE_CHARS: Final = 200
_Named = tuple[int, str]
_KINDS: Final = frozenset({None, ChangeKind.OFFER, ChangeKind.ACCOUNT})


class OfferTerms(msgspec.Struct, frozen=True):
    """`currency` is the account's where the offer has none."""

    offer_id: int
    currency: str


class Offers:
    def __init__(self, pool: asyncpg.Pool, feed: ChangeFeed, counters: Counters) -> None:
        self._pool = pool
        self._kept: Kept[_Named, OfferTerms] = Kept(self._read, feed, counters)
        feed.watch(self._drop)

    async def find(self, account_id: int, reference: str) -> OfferTerms | None:
        """Raises UnavailableError when nobody can tell."""
        if not reference.isprintable() or len(reference) > MAX_REFERENCE_CHARS:
            return None
        return await self._kept.find((account_id, reference))

    async def close(self) -> None:
        await self._kept.close()

    async def _read(self, wanted: Sequence[_Named]) -> Mapping[_Named, OfferTerms]:
        rows = await read_offers(self._pool, wanted, timeout_s=DEADLINE_S)
        return {(row["account_id"], row["reference"]): OfferTerms(row["offer_id"], row["currency"]) for row in rows}

    def _drop(self, kind: int | None, _ref_id: int) -> None:
        if kind in _KINDS:
            self._kept.clear()
