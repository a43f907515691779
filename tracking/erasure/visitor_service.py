"""Use case: have a visitor forgotten who is no contact, by what the visitor can show. It owns its transaction."""

import asyncio
from typing import Final, NamedTuple
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.clicks.event import VisitorMethod
from tracking.clock import utc_now
from tracking.erasure.models import Erasure
from tracking.erasure.rules import WATCHED, draw_nobody, draw_secret, is_nobody
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.actors import current_actor
from tracking.history.service import Noted, record_history

_COMPARED_AT_ONCE: Final = 1_000
_LOCK: Final = "SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE"
_CLICKS: Final = """
    SELECT id, link_id, visitor_key, visitor_method FROM click WHERE account_id = $1 AND id = ANY ($2::uuid[])
"""
_KNOWN: Final = "SELECT visitor_key, erasure_id, secret FROM erased_visitor WHERE account_id = $1"
_ADD: Final = """
    INSERT INTO erased_visitor (account_id, visitor_key, erasure_id, secret) VALUES ($1, $2, $3, $4)
"""


class Shown(NamedTuple):
    """What a visitor shows: the keys that our cookie stands for, and clicks with the path of each in the input."""

    cookie_keys: frozenset[bytes] = frozenset()
    clicks: tuple[tuple[UUID | None, tuple[str, ...]], ...] = ()


async def erase_visitor(account_id: int, shown: Shown) -> Erasure:
    """From now on nothing of the visitor's is stored under a name; a job forgets what is.

    Asked again it answers with the same erasure, for as long as it still looks for late clicks. NotFoundError for a
    click that is not stored, InvalidInputError for one that is a contact's or nobody's already.
    """
    async with in_transaction() as connection:
        await connection.execute_query(_LOCK, [account_id])  # so that two who ask at once get one erasure
        rows = await connection.execute_query_dict(_KNOWN, [account_id])
        told = {bytes(row["visitor_key"]): (row["erasure_id"], bytes(row["secret"])) for row in rows}
        wanted = shown.cookie_keys | await _find_keys(connection, account_id, shown, told)
        missing = sorted(wanted - told.keys())
        if not missing:
            return await Erasure.get(id=min(told[key][0] for key in wanted), using_db=connection)
        erasure = await _write(connection, account_id)
        for key in missing:
            await connection.execute_query(_ADD, [account_id, key, erasure.id, draw_secret()])
        await record_history(connection, account_id, [Noted("Erasure", erasure.id, "REQUESTED")])
        return erasure


async def _find_keys(
    connection: BaseDBAsyncClient, account_id: int, shown: Shown, told: dict[bytes, tuple[int, bytes]]
) -> set[bytes]:
    """Of whom the clicks are."""
    ids = [str(click_id) for click_id, _ in shown.clicks if click_id is not None]
    rows = {row["id"]: row for row in await connection.execute_query_dict(_CLICKS, [account_id, ids])} if ids else {}
    found: set[bytes] = set()
    for click_id, path in shown.clicks:
        row = rows.get(click_id)
        if row is None:
            raise NotFoundError("no such click; one that was made just now is stored within a minute", path)
        if row["visitor_method"] == VisitorMethod.CONTACT:
            raise InvalidInputError("this is a click of a contact's: erase the contact", path)
        key = bytes(row["visitor_key"])
        if is_nobody(key):
            key = await _find_erased(key, row["link_id"], told, path)
        found.add(key)
    return found


async def _find_erased(
    nobody: bytes, link_id: int, told: dict[bytes, tuple[int, bytes]], path: tuple[str, ...]
) -> bytes:
    """An account may have had many thousands forgotten, and other accounts share this loop."""
    for place, (key, (_, secret)) in enumerate(told.items()):
        if place % _COMPARED_AT_ONCE == 0:
            await asyncio.sleep(0)
        if draw_nobody(secret, key, link_id) == nobody:
            return key
    raise InvalidInputError("this click is nobody's already: its visitor was erased", path)


async def _write(connection: BaseDBAsyncClient, account_id: int) -> Erasure:
    actor = current_actor()
    return await Erasure.create(
        using_db=connection,
        account_id=account_id,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        watched_until=utc_now() + WATCHED,
    )
