"""Stops links for ever (LS5, LS7): what every way to archive has in common, many links in a few statements."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.changes.rules import ChangeKind, write_address
from tracking.changes.service import Change
from tracking.clock import utc_now
from tracking.creators.models import NoticeKind
from tracking.events.entities import append_entity_events
from tracking.events.outbox import EventKind
from tracking.history.service import Noted, record_history
from tracking.links.models import LinkKind

_STOP: Final = """
    WITH stopped AS (
        UPDATE link SET archived_at = $3
        WHERE id IN (
            SELECT id FROM link WHERE account_id = $1 AND id = ANY ($2::bigint[]) AND archived_at IS NULL
            ORDER BY id FOR UPDATE
        )
        RETURNING id, slug, kind, domain_id, creator_id, archived_at
    )
    SELECT stopped.id, slug, kind, creator_id, stopped.archived_at, host FROM stopped
    JOIN tracking_domain AS domain ON domain.id = domain_id ORDER BY stopped.id
"""
_NOTICE: Final = """
    INSERT INTO creator_notice (account_id, creator_id, kind, link_id, replacement_id, created_at)
    SELECT $1, creator_id, $2, link_id, $3, now() FROM unnest($4::bigint[], $5::bigint[]) AS told (creator_id, link_id)
"""
_NAME_REPLACEMENT: Final = "UPDATE link SET replaced_by_id = $2 WHERE id = ANY ($1::bigint[])"
_ADDRESS: Final = """
    SELECT host, slug FROM link JOIN tracking_domain AS domain ON domain.id = domain_id
    WHERE link.id = $1 AND link.account_id = $2
"""


class StoppedLink(NamedTuple):
    id: int
    slug: str
    kind: LinkKind
    creator_id: int | None
    archived_at: dt.datetime
    host: str

    @property
    def change(self) -> Change:
        return Change(ChangeKind.LINK, self.id, write_address(self.host, self.slug))


async def stop_links(connection: BaseDBAsyncClient, account_id: int, link_ids: Sequence[int]) -> list[StoppedLink]:
    """Archive those that are not archived yet, and tell creators, history and the event log of them (LS8).

    The caller records the changes that redirectors need, at the end of its transaction.
    """
    stopped = await mark_archived(connection, account_id, link_ids)
    await tell_archived(connection, account_id, stopped)
    return stopped


async def mark_archived(connection: BaseDBAsyncClient, account_id: int, link_ids: Sequence[int]) -> list[StoppedLink]:
    """The first half of `stop_links`: now a replacement may take their place. Then `tell_archived`."""
    rows = await connection.execute_query_dict(_STOP, [account_id, list(link_ids), utc_now()])
    return [StoppedLink(**{**row, "kind": LinkKind(row["kind"])}) for row in rows]


async def tell_archived(
    connection: BaseDBAsyncClient, account_id: int, stopped: Sequence[StoppedLink], *, replacement_id: int | None = None
) -> None:
    if not stopped:
        return
    after = {"archivedAt": stopped[0].archived_at.isoformat()}
    if replacement_id is not None:
        await connection.execute_query(_NAME_REPLACEMENT, [[link.id for link in stopped], replacement_id])
        after["replacedBy"] = await _find_address(connection, account_id, replacement_id)
    await record_history(connection, account_id, [Noted("Link", link.id, "ARCHIVED", after=after) for link in stopped])
    told = [link for link in stopped if link.creator_id is not None and link.kind is not LinkKind.RECIPIENT]
    columns = [[link.creator_id for link in told], [link.id for link in told]]
    await connection.execute_query(_NOTICE, [account_id, NoticeKind.LINK_ARCHIVED.value, replacement_id, *columns])
    await append_entity_events(connection, account_id, EventKind.LINK_ARCHIVED, [link.id for link in stopped])


async def _find_address(connection: BaseDBAsyncClient, account_id: int, link_id: int) -> str:
    [row] = await connection.execute_query_dict(_ADDRESS, [link_id, account_id])
    return write_address(row["host"], row["slug"])
