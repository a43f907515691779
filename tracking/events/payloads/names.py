"""What payloads say of the things that a click, a conversion or a link belongs to: read together, for many of them."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Protocol

import asyncpg

from tracking.erasure.rules import name_nobody
from tracking.events.payloads.things import CreatorName, LinkName, Named, Reference
from tracking.graph_ids import write_known_id
from tracking.links.short_urls import write_short_url

LINKS: Final = """
    SELECT link.id, domain.host, domain.has_tls, link.slug, link.label, link.kind
    FROM link JOIN tracking_domain AS domain ON domain.id = link.domain_id
    WHERE link.account_id = $1 AND link.id = ANY ($2::bigint[])
"""
_NAMES: Final = """
    SELECT 'Campaign' AS type, id, name FROM campaign WHERE account_id = $1 AND id = ANY ($2::bigint[])
    UNION ALL SELECT 'Creator', id, handle FROM creator WHERE account_id = $1 AND id = ANY ($3::bigint[])
    UNION ALL SELECT 'Message', id, name FROM message WHERE account_id = $1 AND id = ANY ($4::bigint[])
    UNION ALL SELECT 'Offer', id, name FROM offer WHERE account_id = $1 AND id = ANY ($5::bigint[])
"""
_TYPES: Final = ("Campaign", "Creator", "Message", "Offer")


class Belonging(Protocol):
    """Whose names are wanted: a row of a click, a conversion or a link. Its own link may be among them."""

    @property
    def campaign_id(self) -> int | None: ...
    @property
    def creator_id(self) -> int | None: ...
    @property
    def message_id(self) -> int | None: ...
    @property
    def contact_id(self) -> int | None: ...
    @property
    def offer_id(self) -> int | None: ...
    @property
    def sharer_id(self) -> int | None: ...


class Names(NamedTuple):
    """What is not there any more has none."""

    links: dict[int, LinkName]
    others: dict[tuple[str, int], str]

    def link(self, key: int | None) -> LinkName | None:
        return None if key is None else self.links.get(key)

    def named(self, type_name: str, key: int | None) -> Named | None:
        name = None if key is None else self.others.get((type_name, key))
        return None if key is None or name is None else Named(id=write_known_id(type_name, key), name=name)

    def creator(self, key: int | None) -> CreatorName | None:
        handle = None if key is None else self.others.get(("Creator", key))
        return None if key is None or handle is None else CreatorName(id=write_known_id("Creator", key), handle=handle)

    def of(self, row: Belonging) -> dict[str, Any]:
        """The fields that a click, a conversion and a link have in common."""
        return {
            "campaign": self.named("Campaign", row.campaign_id),
            "creator": self.creator(row.creator_id),
            "message": self.named("Message", row.message_id),
            "contact": refer("Contact", name_nobody(row.contact_id)),
            "offer": self.named("Offer", row.offer_id),
            "sharer": refer("User", row.sharer_id),
        }


def refer(type_name: str, key: int | None) -> Reference | None:
    return None if key is None else Reference(id=write_known_id(type_name, key))


async def read_names(
    connection: asyncpg.Connection,
    account_id: int,
    link_ids: Iterable[int | None],
    rows: Iterable[Belonging],
    public_port: int | None,
) -> Names:
    """In at most two statements."""
    wanted: dict[str, set[int]] = {type_name: set() for type_name in _TYPES}
    for row in rows:
        keys = (row.campaign_id, row.creator_id, row.message_id, row.offer_id)
        for type_name, key in zip(_TYPES, keys, strict=True):
            if key is not None:
                wanted[type_name].add(key)
    links = sorted({link_id for link_id in link_ids if link_id is not None})
    found = await connection.fetch(LINKS, account_id, links) if links else []
    named = await connection.fetch(_NAMES, account_id, *wanted.values()) if any(wanted.values()) else []
    return Names(
        {row["id"]: _name_link(row, public_port) for row in found},
        {(row["type"], row["id"]): row["name"] for row in named},
    )


def _name_link(row: asyncpg.Record, public_port: int | None) -> LinkName:
    return LinkName(
        id=write_known_id("Link", row["id"]),
        host=row["host"],
        slug=row["slug"],
        short_url=write_short_url(row["host"], row["slug"], has_tls=row["has_tls"], public_port=public_port),
        label=row["label"],
        kind=row["kind"],
    )
