"""Writes contacts by their external id; a share URL makes the contact's SHARE link, or leads it elsewhere (IM3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tracking.campaigns.deliverables import check_destination
from tracking.domains.queries import find_link_domain, list_tracking_hosts
from tracking.errors import DomainError
from tracking.imports.cells import Cells
from tracking.imports.rules import Outcome, ProblemCode, RowResult
from tracking.imports.writers.batches import Batch, InterferedError
from tracking.links.system import make_share_links

_FIND: Final = """
    SELECT id, external_id, name, share_url FROM contact
    WHERE account_id = $1 AND external_id = ANY ($2::text[]) ORDER BY id FOR NO KEY UPDATE
"""
_INSERT: Final = """
    INSERT INTO contact (account_id, external_id, name, share_url, created_at)
    SELECT $1, external_id, name, share_url, now()
    FROM unnest($2::text[], $3::text[], $4::text[]) AS given (external_id, name, share_url) ORDER BY external_id
    ON CONFLICT DO NOTHING
    RETURNING id, external_id
"""
_UPDATE: Final = """
    UPDATE contact SET name = given.name, share_url = given.share_url
    FROM unnest($1::bigint[], $2::text[], $3::text[]) AS given (id, name, share_url) WHERE contact.id = given.id
"""


@dataclass
class _Contact:
    """As it will be after the batch."""

    external_id: str
    name: str = ""
    share_url: str | None = None
    id: int | None = None
    is_changed: bool = False
    has_new_share: bool = False

    def take(self, name: str | None, share_url: str | None) -> bool:
        """True when this changes something."""
        before = (self.name, self.share_url)
        self.name, self.share_url = name or self.name, share_url or self.share_url
        self.has_new_share |= self.share_url != before[1]
        return (self.name, self.share_url) != before


async def write_contacts(batch: Batch) -> list[RowResult]:
    known = await _find(batch)
    refusal = await _find_refusal(batch)
    hosts = await list_tracking_hosts()
    results = [_stage(batch.rows[place], known, hosts, refusal) for place in range(len(batch.rows))]
    await _insert(batch, [contact for contact in known.values() if contact.id is None])
    changed = [contact for contact in known.values() if contact.is_changed]
    if changed:
        columns = [[each.id for each in changed], [each.name for each in changed], [each.share_url for each in changed]]
        await batch.connection.execute_query(_UPDATE, columns)
    shared = [contact.id for contact in known.values() if contact.has_new_share and contact.id is not None]
    if shared:
        await make_share_links(batch.connection, batch.account_id, shared)
    return results


async def _find(batch: Batch) -> dict[str, _Contact]:
    wanted = [row["external_id"] for row in batch.rows]
    rows = await batch.connection.execute_query_dict(_FIND, [batch.account_id, wanted])
    return {row["external_id"]: _Contact(**row) for row in rows}


async def _find_refusal(batch: Batch) -> DomainError | None:
    """Why no SHARE link can be made in this account now."""
    if not any(row.get("share_url") for row in batch.rows):
        return None
    try:
        await find_link_domain(batch.account_id, None)
    except DomainError as error:
        return error
    return None


def _stage(
    row: Mapping[str, str], known: dict[str, _Contact], hosts: set[str], refusal: DomainError | None
) -> RowResult:
    cells = Cells(row)
    external_id = cells.take_text("external_id", 200)
    name = cells.take_text("name", 200)
    share_url = cells.take("share_url", lambda value: check_destination(value, hosts))
    if refusal is not None and cells.has("share_url"):
        cells.refuse("share_url", ProblemCode.INVALID, f"no link can be made for it: {refusal.message}")
    if cells.problems or external_id is None:
        return cells.problems
    contact = known.get(external_id)
    if contact is None:
        known[external_id] = contact = _Contact(external_id)
        contact.take(name, share_url)
        return Outcome.CREATED
    if not contact.take(name, share_url):
        return Outcome.UNCHANGED
    contact.is_changed = contact.id is not None
    return Outcome.UPDATED


async def _insert(batch: Batch, contacts: list[_Contact]) -> None:
    if not contacts:
        return
    columns = [
        [contact.external_id for contact in contacts],
        [contact.name for contact in contacts],
        [contact.share_url for contact in contacts],
    ]
    rows = await batch.connection.execute_query_dict(_INSERT, [batch.account_id, *columns])
    if len(rows) < len(contacts):
        raise InterferedError
    ids = {row["external_id"]: row["id"] for row in rows}
    for contact in contacts:
        contact.id = ids[contact.external_id]
