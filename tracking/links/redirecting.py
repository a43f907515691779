"""Leads links that exist to other destinations, many in a few statements."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.changes.rules import ChangeKind, write_address
from tracking.changes.service import Change
from tracking.history.service import Noted, record_history

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
