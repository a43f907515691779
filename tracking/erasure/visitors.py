"""Visitors who are being forgotten: whoever stores something asks, so that nothing that comes late names them again."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import asyncpg
import msgspec

from tracking.conversions.event import ConversionEvent
from tracking.database import list_columns
from tracking.erasure.rules import draw_nobody

_READ: Final = """
    SELECT account_id, visitor_key, secret FROM unnest($1::bigint[], $2::bytea[]) AS wanted (account_id, visitor_key)
    JOIN erased_visitor USING (account_id, visitor_key)
"""
_OF_ERASURE: Final = "SELECT account_id, visitor_key, secret FROM erased_visitor WHERE erasure_id = $1"
_ALL: Final = "SELECT account_id, visitor_key, secret FROM erased_visitor"
_FORGET: Final = "DELETE FROM erased_visitor WHERE erasure_id = $1"

Who = tuple[int, bytes]  # account, visitor key


class Forgotten(dict[Who, bytes]):
    """By account and key, the secret that the keys of nobody are made with."""

    def rename(self, account_id: int, visitor_key: bytes, link_id: int | None) -> bytes:
        """Who stands in on that link; for who is not forgotten the key itself."""
        secret = self.get((account_id, visitor_key))
        return visitor_key if secret is None else draw_nobody(secret, visitor_key, link_id or 0)

    def blank_report(self, event: ConversionEvent) -> ConversionEvent:
        keys = [self.rename(event.account_id, key, event.link_id) for key in event.visitor_keys]
        return event if keys == event.visitor_keys else msgspec.structs.replace(event, visitor_keys=keys)


async def read_forgotten(
    connection: asyncpg.Pool | asyncpg.Connection, account_ids: Iterable[int], wanted: Iterable[Who]
) -> Forgotten:
    """Who of these is to be forgotten. `account_ids` are those that forget anybody at present."""
    accounts = set(account_ids)
    asked = {who for who in wanted if who[0] in accounts} if accounts else set()
    return _read(await connection.fetch(_READ, *list_columns(sorted(asked)))) if asked else Forgotten()


async def list_forgotten(pool: asyncpg.Pool) -> Forgotten:
    """Of all accounts."""
    return _read(await pool.fetch(_ALL))


async def read_visitors_of(pool: asyncpg.Pool, erasure_id: int) -> Forgotten:
    """Empty once nothing can come late any more."""
    return _read(await pool.fetch(_OF_ERASURE, erasure_id))


async def end_forgetting(pool: asyncpg.Pool, erasure_id: int) -> None:
    """From now on nobody can say whom it was about."""
    await pool.execute(_FORGET, erasure_id)


def _read(rows: Iterable[Mapping[str, Any]]) -> Forgotten:
    return Forgotten({(row["account_id"], row["visitor_key"]): row["secret"] for row in rows})
