"""Tell redirectors what changed: a row in the transaction of the change, and a call to wake up after it (rule 8)."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.changes.rules import ChangeKind
from tracking.streams import CHANGES_CHANNEL

_RECORD: Final = """
    INSERT INTO change_log (at, kind, ref_id, address)
    SELECT clock_timestamp(), * FROM unnest($1::smallint[], $2::bigint[], $3::text[])
"""


class Change(NamedTuple):
    kind: ChangeKind
    ref_id: int
    address: str | None = None


class Publisher(Protocol):
    """What a Redis client offers."""

    def publish(self, channel: str, message: str) -> Any: ...


async def record_changes(connection: BaseDBAsyncClient, changes: Sequence[Change]) -> None:
    """Append to the change log in the caller's transaction, so that a change and its notice commit together.

    Call it last: redirectors look back only so far, and the time noted is that of this call, not of the commit.
    """
    if changes:
        columns = [[change.kind.value for change in changes], [change.ref_id for change in changes]]
        await connection.execute_query(_RECORD, [*columns, [change.address for change in changes]])


async def wake_redirectors(publisher: Publisher) -> None:
    """Call after commit. A lost call costs half a second: redirectors read the log anyway."""
    await publisher.publish(CHANGES_CHANNEL, "")
