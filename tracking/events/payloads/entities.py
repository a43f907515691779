"""Links, exports and imports, as payloads say them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg

from tracking.events.payloads.facts import Facts, Places
from tracking.events.payloads.names import read_names, refer
from tracking.events.payloads.things import ExportPayload, ImportPayload, LinkPayload, Named
from tracking.graph_ids import write_known_id
from tracking.links.short_urls import write_short_url

# A link of one's own that was deleted is in no list any more.
_LINKS: Final = """
    SELECT link.id, domain.host, domain.has_tls, link.slug, link.label, link.kind, link.system_kind, link.tags,
        link.destination_url, link.is_test, link.created_at, link.archived_at, link.replaced_by_id,
        link.campaign_id, link.creator_id, link.message_id, link.contact_id, link.offer_id, link.sharer_id
    FROM link JOIN tracking_domain AS domain ON domain.id = link.domain_id
    WHERE link.account_id = $1 AND link.id = ANY ($2::bigint[]) AND link.deleted_at IS NULL
"""
_EXPORTS: Final = """
    SELECT id, kind, format, CASE status WHEN 'FAILED' THEN status ELSE 'COMPLETED' END AS status, failure, rows_done,
        size_bytes, encode(sha256, 'hex') AS sha256, as_of, created_at, ended_at, expires_at, schedule_id
    FROM export WHERE account_id = $1 AND id = ANY ($2::bigint[]) AND ended_at IS NOT NULL
"""
_IMPORTS: Final = """
    SELECT import.id, kind, format, import.status, failure, is_dry_run, rows_done, created, updated, unchanged, bad,
        import.created_at, ended_at, campaign_id, campaign.name AS campaign_name
    FROM import LEFT JOIN campaign ON campaign.id = import.campaign_id
    WHERE import.account_id = $1 AND import.id = ANY ($2::bigint[]) AND ended_at IS NOT NULL
"""


class _Belonging(NamedTuple):
    link_id: int
    campaign_id: int | None
    creator_id: int | None
    message_id: int | None
    contact_id: int | None
    offer_id: int | None
    sharer_id: int | None


async def describe_links(
    connection: asyncpg.Connection, account_id: int, link_ids: Sequence[int], public_port: int | None
) -> dict[int, tuple[Facts, LinkPayload]]:
    rows = await connection.fetch(_LINKS, account_id, link_ids)
    belonging = {row["id"]: _Belonging(row["id"], *(row[name] for name in _Belonging._fields[1:])) for row in rows}
    names = await read_names(connection, account_id, (), belonging.values(), public_port)
    return {
        row["id"]: (
            _state_link(belonging[row["id"]]),
            LinkPayload(
                id=write_known_id("Link", row["id"]),
                host=row["host"],
                slug=row["slug"],
                short_url=write_short_url(row["host"], row["slug"], has_tls=row["has_tls"], public_port=public_port),
                label=row["label"],
                kind=row["kind"],
                system_kind=row["system_kind"],
                tags=row["tags"],
                destination_url=row["destination_url"],
                is_test=row["is_test"],
                created_at=row["created_at"],
                archived_at=row["archived_at"],
                replaced_by=refer("Link", row["replaced_by_id"]),
                **names.of(belonging[row["id"]]),
            ),
        )
        for row in rows
    }


def _state_link(row: _Belonging) -> Facts:
    places = Places.of(row)
    return Facts(places, frozenset((places,)))


async def describe_exports(
    connection: asyncpg.Connection, account_id: int, export_ids: Sequence[int]
) -> dict[int, ExportPayload]:
    rows = [dict(row) for row in await connection.fetch(_EXPORTS, account_id, export_ids)]
    return {
        row["id"]: ExportPayload(
            id=write_known_id("Export", row.pop("id")), schedule=refer("ExportSchedule", row.pop("schedule_id")), **row
        )
        for row in rows
    }


async def describe_imports(
    connection: asyncpg.Connection, account_id: int, import_ids: Sequence[int]
) -> dict[int, ImportPayload]:
    found: dict[int, ImportPayload] = {}
    for record in await connection.fetch(_IMPORTS, account_id, import_ids):
        row = dict(record)
        import_id, campaign_id, name = row.pop("id"), row.pop("campaign_id"), row.pop("campaign_name")
        campaign = None if name is None else Named(id=write_known_id("Campaign", campaign_id), name=name)
        found[import_id] = ImportPayload(id=write_known_id("Import", import_id), campaign=campaign, **row)
    return found
