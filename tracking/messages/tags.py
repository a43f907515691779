"""The merge tags that stand for links, and what each leads to. The tag of a thing is its name in a-z, 0-9 and `_`.

Of several things with one name the oldest has the plain tag and the others a number, `links.sale__2`. Archived ones
keep their tag to themselves: a tag never comes to mean another thing.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg
from tortoise import connections

from tracking.errors import InvalidInputError
from tracking.links.models import LinkKind
from tracking.messages.rules import ACTION_PAGE, ALL_TRACKING_LINKS, DELIVERABLES, SHARE_LINK
from tracking.messages.template import Tag

MAX_INSERTABLE: Final = 1_000

_TAGS: Final = """
    WITH named AS (
        SELECT 'links.' AS namespace, 'CAMPAIGN' AS kind, id, name AS label, destination_url,
            archived_at IS NULL AS is_live, id AS deliverable_id, NULL::bigint AS link_id, NULL::bigint AS offer_id
        FROM tracking_deliverable WHERE account_id = $1 AND campaign_id = $2
        UNION ALL
        SELECT 'custom_links.', 'CUSTOM', id, label, destination_url, archived_at IS NULL AND NOT is_honeypot,
            NULL, id, NULL
        FROM link WHERE account_id = $1 AND kind = 'CUSTOM'
        UNION ALL
        SELECT 'system_links.', 'SYSTEM', id, system_kind, destination_url, true, NULL, id, NULL
        FROM link WHERE account_id = $1 AND kind = 'SYSTEM' AND campaign_id = $2 AND archived_at IS NULL
            AND system_kind IN ('CAMPAIGN_JOIN', 'OPT_IN')
        UNION ALL
        SELECT 'offers.', 'RECIPIENT', id, name, destination_url, archived_at IS NULL, NULL, NULL, id
        FROM offer WHERE account_id = $1
    ),
    worded AS (
        SELECT *, coalesce(
            nullif(trim(BOTH '_' FROM left(regexp_replace(lower(label), '[^a-z0-9]+', '_', 'g'), 150)), ''), 'link'
        ) AS word
        FROM named
    ),
    tagged AS (
        SELECT *, row_number() OVER (PARTITION BY namespace, word ORDER BY id) AS number FROM worded
    ),
    found AS (
        SELECT namespace || word || CASE WHEN number > 1 THEN '__' || number ELSE '' END AS tag,
            label, kind, destination_url, deliverable_id, link_id, offer_id
        FROM tagged WHERE is_live
    )
    SELECT * FROM found
"""


class MergeTag(NamedTuple):
    """What a tag stands for: a deliverable, a link to copy, an offer, or what each recipient has."""

    tag: str
    label: str
    kind: LinkKind
    destination_url: str | None = None
    deliverable_id: int | None = None
    link_id: int | None = None
    offer_id: int | None = None


# Kinds tell a picker where they belong; what they stand for depends on the recipient or the message.
_OF_EVERY_ACCOUNT: Final = (
    MergeTag(ALL_TRACKING_LINKS, "All tracking links", LinkKind.CREATOR),
    MergeTag(ACTION_PAGE, "Action page", LinkKind.SYSTEM),
    MergeTag(SHARE_LINK, "Share link", LinkKind.SYSTEM),
)


async def list_insertable_links(
    pool: asyncpg.Pool,
    account_id: int,
    *,
    campaign_id: int | None = None,
    kinds: Collection[LinkKind] | None = None,
    search: str | None = None,
) -> list[MergeTag]:
    """For a picker, at most 1,000 by kind and label; the deliverables and system links of this campaign only."""
    wanted = [kind.value for kind in kinds] if kinds is not None else None
    rows = await pool.fetch(
        f"{_TAGS} WHERE ($3::text[] IS NULL OR kind = ANY ($3)) AND ($4 = '' OR strpos(lower(label), lower($4)) > 0)"
        " ORDER BY kind, lower(label), tag LIMIT $5",
        account_id,
        campaign_id,
        wanted,
        (search or "").encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}"),
        MAX_INSERTABLE,
    )
    fixed = [
        tag
        for tag in _OF_EVERY_ACCOUNT
        if (kinds is None or tag.kind in kinds) and (search or "").lower() in tag.label.lower()
    ]
    return [*fixed, *(_read(row) for row in rows)]


async def resolve_tags(account_id: int, campaign_id: int | None, tags: Sequence[Tag]) -> dict[str, MergeTag]:
    """What the tags of links stand for now. Raises InvalidInputError that names the first unknown one and its place."""
    names = [tag.name for tag in tags]
    rows: list[dict[str, Any]] = []
    if names:
        connection = connections.get("default")
        rows = await connection.execute_query_dict(f"{_TAGS} WHERE tag = ANY ($3)", [account_id, campaign_id, names])
    found = {row["tag"]: _read(row) for row in rows}
    for tag in tags:
        if tag.name not in found:
            hint = "" if campaign_id or not tag.name.startswith(DELIVERABLES) else ": it needs the message's campaign"
            raise InvalidInputError(f"{{{{ {tag.name} }}}} at {tag.position} stands for nothing{hint}", ("template",))
    return found


def _read(row: Mapping[str, Any]) -> MergeTag:
    return MergeTag(**{name: row[name] for name in MergeTag._fields if name != "kind"}, kind=LinkKind(row["kind"]))
