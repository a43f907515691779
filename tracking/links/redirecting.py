"""Leads links that exist to other destinations, many in a few statements."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.campaigns.models import TrackingDeliverable
from tracking.changes.rules import ChangeKind, write_address
from tracking.changes.service import Change
from tracking.history.service import Noted, find_difference, record_history

# What was found out about the old destination says nothing about the new one.
_REDIRECT: Final = """
    WITH wanted AS (SELECT * FROM unnest($2::bigint[], $3::text[]) AS wanted (id, destination_url)),
    found AS (
        SELECT link.id, link.destination_url AS old_url, wanted.destination_url AS new_url
        FROM link JOIN wanted ON wanted.id = link.id
        WHERE link.account_id = $1 AND link.archived_at IS NULL AND link.destination_url <> wanted.destination_url
        ORDER BY link.id FOR UPDATE OF link
    ),
    changed AS (
        UPDATE link SET destination_url = new_url, is_destination_broken = NULL, destination_checked_at = NULL,
            destination_finding = NULL
        FROM found WHERE link.id = found.id
        RETURNING link.id, slug, domain_id, old_url, new_url
    )
    SELECT changed.id, slug, host, old_url, new_url FROM changed
    JOIN tracking_domain AS domain ON domain.id = domain_id ORDER BY changed.id
"""

_FOLLOW: Final = """
    WITH found AS (
        SELECT id, destination_url AS old_url, label AS old_label,
            CASE WHEN label = $2 THEN $3 ELSE label END AS new_label
        FROM link
        WHERE deliverable_id = $1 AND archived_at IS NULL AND NOT is_destination_overridden
            AND (destination_url <> $4 OR label = $2 AND $2 <> $3)
        ORDER BY id FOR UPDATE
    )
    UPDATE link SET destination_url = $4, label = new_label,
        is_destination_broken = CASE WHEN old_url = $4 THEN is_destination_broken END,
        destination_checked_at = CASE WHEN old_url = $4 THEN destination_checked_at END,
        destination_finding = CASE WHEN old_url = $4 THEN destination_finding END
    FROM found WHERE link.id = found.id
    RETURNING link.id, old_url, old_label, new_label
"""


class Redirection(NamedTuple):
    link_id: int
    destination_url: str


async def redirect_links(
    connection: BaseDBAsyncClient, account_id: int, redirections: Sequence[Redirection]
) -> list[Change]:
    """What redirectors are to be told, by the caller at the end of its transaction. Archived links stay as they are."""
    columns = [[each.link_id for each in redirections], [each.destination_url for each in redirections]]
    rows = await connection.execute_query_dict(_REDIRECT, [account_id, *columns])
    noted = [
        Noted("Link", row["id"], "UPDATED", {"destinationUrl": row["old_url"]}, {"destinationUrl": row["new_url"]})
        for row in rows
    ]
    await record_history(connection, account_id, noted)
    return [Change(ChangeKind.LINK, row["id"], write_address(row["host"], row["slug"])) for row in rows]


async def follow_deliverable(connection: BaseDBAsyncClient, deliverable: TrackingDeliverable, old_name: str) -> None:
    """Let its links lead where it leads now, but for those led elsewhere by hand; its name is the label of those that
    had the old one. The caller tells redirectors that the deliverable changed.
    """
    wanted = [deliverable.id, old_name, deliverable.name, deliverable.destination_url]
    noted = []
    for row in await connection.execute_query_dict(_FOLLOW, wanted):
        before = {"destinationUrl": row["old_url"], "label": row["old_label"]}
        after = {"destinationUrl": deliverable.destination_url, "label": row["new_label"]}
        noted.append(Noted("Link", row["id"], "UPDATED", *find_difference(before, after)))
    await record_history(connection, deliverable.account_id, noted)
