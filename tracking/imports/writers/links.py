"""Writes links of creators, and custom ones, with the slugs that they had elsewhere (LO2, IM7).

A row with a slug is the link that has it. A row without one is the link that works and has the same creator, campaign,
destination and label, so that a file may come twice; with another label it is another link (LO9).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from tracking.changes.service import Change, record_changes
from tracking.history.service import Noted, find_difference, record_history
from tracking.imports.rules import Outcome, Problem, ProblemCode, RowResult
from tracking.imports.writers.batches import Batch, InterferedError
from tracking.imports.writers.link_rows import LinkRow, make_link_row_reader
from tracking.links.minting import LinkFields, WantedLink, mint_links
from tracking.links.models import LinkKind
from tracking.links.redirecting import Redirection, redirect_links

_COLUMNS: Final = """
    SELECT link.id, link.kind, link.creator_id, link.campaign_id, link.domain_id, link.slug, link.destination_url,
        link.label, link.tags, link.archived_at IS NOT NULL AS is_archived, domain.host
    FROM link JOIN tracking_domain AS domain ON domain.id = link.domain_id
"""
# One look into the index for each row, whatever the planner believes of a table that is being filled.
_FIND_BY_SLUG: Final = f"""
    {_COLUMNS} WHERE link.account_id = $1 AND link.id = ANY (ARRAY(
        SELECT found.id FROM unnest($2::bigint[], $3::text[]) AS wanted (domain_id, slug) CROSS JOIN LATERAL (
            SELECT id FROM link WHERE link.domain_id = wanted.domain_id AND link.slug = wanted.slug OFFSET 0
        ) AS found
    )) ORDER BY link.id FOR NO KEY UPDATE OF link
"""
_FIND_ALIKE: Final = f"""
    {_COLUMNS} WHERE link.account_id = $1 AND link.id = ANY (ARRAY(
        SELECT found.id FROM unnest($2::text[], $3::text[], $4::bigint[]) AS wanted (url, label, creator_id)
        CROSS JOIN LATERAL (
            SELECT id FROM link
            WHERE account_id = $1 AND kind IN ('CREATOR', 'CUSTOM') AND coalesce(link.creator_id, 0) = wanted.creator_id
                AND md5(link.destination_url || ' ' || link.label) = md5(wanted.url || ' ' || wanted.label)
            OFFSET 0
        ) AS found
    )) AND link.archived_at IS NULL ORDER BY link.id FOR NO KEY UPDATE OF link
"""
_UPDATE: Final = """
    UPDATE link SET label = given.label, tags = given.tags
    FROM jsonb_to_recordset($1::jsonb) AS given (id bigint, label text, tags text[]) WHERE link.id = given.id
"""

_Identity: TypeAlias = tuple[Any, ...]


@dataclass
class _Link:
    """As it will be after the batch; `before` is how it was."""

    kind: LinkKind
    creator_id: int | None
    campaign_id: int | None
    domain_id: int
    host: str
    slug: str | None
    destination_url: str
    label: str = ""
    tags: list[str] = field(default_factory=list)
    is_archived: bool = False
    id: int | None = None
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        return {"destinationUrl": self.destination_url, "label": self.label, "tags": self.tags}

    @property
    def owners(self) -> _Identity:
        return (self.kind, self.creator_id, self.campaign_id)

    @property
    def likeness(self) -> _Identity:
        return (*self.owners, self.destination_url, self.label)


class _Register:
    """Every link that the rows may mean."""

    def __init__(self, links: Sequence[_Link]) -> None:
        self.links = list({link.id: link for link in links}.values())
        self._by_slug = {(link.domain_id, link.slug): link for link in self.links}
        self._alike = {link.likeness: link for link in self.links if not link.is_archived}

    def stage(self, row: LinkRow) -> RowResult:
        if row.slug is None:
            found = self._alike.get(_make(row).likeness)
        else:
            found = self._by_slug.get((row.domain.id, row.slug))
        if found is None:
            return self._add(_make(row))
        if found.is_archived:
            message = "the link with this slug is archived, and its slug is not used again"
            return [Problem("slug", row.slug or "", ProblemCode.ARCHIVED, message)]
        if found.owners != (row.kind, row.creator_id, row.campaign_id):
            message = "this is the slug of a link of another creator, campaign or kind, which never change"
            return [Problem("slug", row.slug or "", ProblemCode.TAKEN, message)]
        return self._change(found, row)

    def _add(self, link: _Link) -> Outcome:
        self.links.append(link)
        self._alike[link.likeness] = link
        if link.slug is not None:
            self._by_slug[link.domain_id, link.slug] = link
        return Outcome.CREATED

    def _change(self, link: _Link, row: LinkRow) -> Outcome:
        before = link.content
        link.destination_url = row.destination_url
        link.label = link.label if row.label is None else row.label
        link.tags = link.tags if row.tags is None else row.tags
        self._alike[link.likeness] = link
        return Outcome.UNCHANGED if link.content == before else Outcome.UPDATED


async def write_links(batch: Batch) -> list[RowResult]:
    reader = await make_link_row_reader(batch)
    read = [await reader.read(values) for values in batch.rows]
    register = _Register(await _find(batch, [row for row in read if isinstance(row, LinkRow)]))
    results = [register.stage(row) if isinstance(row, LinkRow) else row for row in read]
    changes = await _update(batch, [link for link in register.links if link.id and link.content != link.before])
    wanted = [_want(batch.account_id, link) for link in register.links if link.id is None]
    outcomes = await mint_links(batch.connection, wanted)
    if not all(isinstance(outcome, int) for outcome in outcomes):
        raise InterferedError
    await record_changes(batch.connection, changes)
    return results


async def _find(batch: Batch, rows: Sequence[LinkRow]) -> list[_Link]:
    with_slug = [row for row in rows if row.slug is not None]
    without = [row for row in rows if row.slug is None]
    asked_slugs = [[row.domain.id for row in with_slug], [row.slug for row in with_slug]]
    asked_alike = [
        [row.destination_url for row in without],
        [row.label or "" for row in without],
        [row.creator_id or 0 for row in without],
    ]
    connection = batch.connection
    found = await connection.execute_query_dict(_FIND_BY_SLUG, [batch.account_id, *asked_slugs]) if with_slug else []
    alike = await connection.execute_query_dict(_FIND_ALIKE, [batch.account_id, *asked_alike]) if without else []
    return [_read(row) for row in [*found, *alike]]


async def _update(batch: Batch, links: Sequence[_Link]) -> list[Change]:
    """What redirectors are to be told of the links that changed."""
    if not links:
        return []
    redirected = [link for link in links if link.destination_url != link.before["destinationUrl"]]
    redirections = [Redirection(link.id, link.destination_url) for link in redirected if link.id]
    changes = await redirect_links(batch.connection, batch.account_id, redirections) if redirections else []
    renamed = [{"id": link.id, "label": link.label, "tags": link.tags} for link in links]
    await batch.connection.execute_query(_UPDATE, [json.dumps(renamed)])
    noted = []
    for link in links:
        names = {"label": link.label, "tags": link.tags}
        before, after = find_difference(link.before, names)
        if after and link.id is not None:
            noted.append(Noted("Link", link.id, "UPDATED", before, after))
    await record_history(batch.connection, batch.account_id, noted)
    return changes


def _read(row: dict[str, Any]) -> _Link:
    link = _Link(**{**row, "kind": LinkKind(row["kind"]), "tags": list(row["tags"])})
    link.before = link.content
    return link


def _make(row: LinkRow) -> _Link:
    return _Link(
        kind=row.kind,
        creator_id=row.creator_id,
        campaign_id=row.campaign_id,
        domain_id=row.domain.id,
        host=row.domain.host,
        slug=row.slug,
        destination_url=row.destination_url,
        label=row.label or "",
        tags=row.tags or [],
    )


def _want(account_id: int, link: _Link) -> WantedLink:
    fields = LinkFields(
        account_id=account_id,
        domain_id=link.domain_id,
        host=link.host,
        kind=link.kind,
        destination_url=link.destination_url,
        label=link.label,
        tags=link.tags,
        campaign_id=link.campaign_id,
        creator_id=link.creator_id,
    )
    return WantedLink(fields, link.slug, is_exact=True)
