"""Names new links in the place of archived ones: creators are told what to use now (LS8). Nobody is forwarded."""

from collections.abc import Sequence
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.changes.rules import write_address
from tracking.creators.models import NoticeKind
from tracking.history.service import Noted, record_history

# Of each new link's creator and deliverable, the link that was archived last, if it names no replacement yet.
_REPLACE: Final = """
    WITH latest AS (
        SELECT DISTINCT ON (made.id) made.id AS made_id, made.slug, made.domain_id, old.id AS old_id, old.replaced_by_id
        FROM link AS made
        JOIN link AS old ON old.deliverable_id = made.deliverable_id AND old.creator_id = made.creator_id
            AND old.archived_at IS NOT NULL
        WHERE made.id = ANY ($1::bigint[])
        ORDER BY made.id, old.archived_at DESC, old.id DESC
    )
    UPDATE link SET replaced_by_id = made_id
    FROM latest JOIN tracking_domain AS domain ON domain.id = latest.domain_id
    WHERE link.id = old_id AND latest.replaced_by_id IS NULL
    RETURNING link.id, link.account_id, link.creator_id, made_id, latest.slug, host
"""
_NOTICE: Final = """
    INSERT INTO creator_notice (account_id, creator_id, kind, link_id, replacement_id, created_at)
    SELECT account_id, creator_id, $1, id, made_id, now()
    FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS told (account_id, creator_id, id, made_id)
"""


async def replace_archived_links(connection: BaseDBAsyncClient, made_ids: Sequence[int]) -> None:
    """Let the archived links of the same creators and deliverables name the new ones, in the caller's transaction."""
    rows = await connection.execute_query_dict(_REPLACE, [list(made_ids)]) if made_ids else []
    if not rows:
        return
    columns = [[row[name] for row in rows] for name in ("account_id", "creator_id", "id", "made_id")]
    await connection.execute_query(_NOTICE, [NoticeKind.LINK_REPLACED.value, *columns])
    told: dict[int, list[Noted]] = {}
    for row in rows:
        after = {"replacedBy": write_address(row["host"], row["slug"])}
        told.setdefault(row["account_id"], []).append(Noted("Link", row["id"], "UPDATED", {"replacedBy": None}, after))
    for account_id, noted in told.items():
        await record_history(connection, account_id, noted)
