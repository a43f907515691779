"""Erasures outlive a restore: whom they are about, listed while the database is there, is asked for again afterwards.

A line names nobody but by the number of a contact's row or by keys of a visitor. A contact that was made after the
backup is not in it, and needs nothing: ids are not given out twice (`restoring.ID_GAP`).
"""

import asyncio
import contextlib
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import msgspec

from creatrail.backups.errors import BackupError
from creatrail.changes import tell_redirectors
from tracking.erasure.service import erase_contact
from tracking.erasure.visitor_service import Shown, erase_visitor
from tracking.errors import NotFoundError
from tracking.orm import open_orm
from tracking.settings import Settings

_LIST = """
    SELECT account_id, requested_at, contact_id,
        ARRAY(SELECT encode(visitor_key, 'hex') FROM erased_visitor WHERE erasure_id = erasure.id ORDER BY 1) AS keys
    FROM erasure
    WHERE contact_id IS NOT NULL OR EXISTS (SELECT FROM erased_visitor WHERE erasure_id = erasure.id)
    ORDER BY requested_at, id
"""
USAGE_ERROR = 2


class ListedErasure(msgspec.Struct, frozen=True):
    """Of a contact, or of a visitor by keys in hexadecimal digits."""

    account_id: int
    requested_at: dt.datetime
    contact_id: int | None = None
    visitor_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.contact_id is None and not self.visitor_keys:
            raise ValueError("one of contact_id and visitor_keys is needed")
        self.read_keys()

    def read_keys(self) -> frozenset[bytes]:
        return frozenset(map(bytes.fromhex, self.visitor_keys))


def print_erasures(settings: Settings) -> int:
    """JSON lines, the oldest first: those of the last eight days, for as long as late clicks are looked for."""
    for each in asyncio.run(_list(settings)):
        print(msgspec.json.encode(each).decode())
    return 0


def apply(settings: Settings, file: Path) -> int:
    """The exit status. Again it changes nothing."""
    try:
        listed = _read(sys.stdin.read() if str(file) == "-" else file.read_text())
    except BackupError as error:
        print(f"creatrail erasures apply: {file}: {error}", file=sys.stderr)
        return USAGE_ERROR
    known = asyncio.run(_apply(settings, listed))
    print(f"{len(listed)} erasures: {known} asked for again, {len(listed) - known} of contacts that are not here")
    return 0


def _read(text: str) -> list[ListedErasure]:
    """In their order, each once. Raises BackupError."""
    listed: dict[ListedErasure, None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                listed[msgspec.json.decode(line, type=ListedErasure)] = None
            except msgspec.MsgspecError as error:
                raise BackupError(f"line {number} is not one of `erasures list`: {error}") from error
    return list(listed)


async def _list(settings: Settings) -> list[ListedErasure]:
    connection = await asyncpg.connect(settings.database_url, timeout=10)
    try:
        rows = await connection.fetch(_LIST)
        return [
            ListedErasure(row["account_id"], row["requested_at"], row["contact_id"], tuple(row["keys"])) for row in rows
        ]
    finally:
        await connection.close()


async def _apply(settings: Settings, listed: Sequence[ListedErasure]) -> int:
    """How many were of visitors, or of contacts that are here or whose erasure is."""
    known = 0
    async with open_orm(settings):
        for each in sorted(listed, key=lambda erasure: erasure.requested_at):
            with contextlib.suppress(NotFoundError):
                await _ask_again(each)
                known += 1
    await tell_redirectors(settings)
    return known


async def _ask_again(erasure: ListedErasure) -> None:
    if erasure.contact_id is not None:
        await erase_contact(erasure.account_id, erasure.contact_id)
    else:
        await erase_visitor(erasure.account_id, Shown(erasure.read_keys()))
