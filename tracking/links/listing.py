"""Reads of links with their host and lifetime totals: one statement, however many links. Used by the api."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

import asyncpg

from tracking.links.models import LinkKind, QueryPolicy, SystemLinkKind
from tracking.links.rules import is_slug, normalise_host, split_placement
from tracking.paging import Conditions, Window
from tracking.reports.queries import Counts, read_counts
from tracking.reports.scopes import COUNTERS, Grain, Scope

_CLICK_COLUMNS: Final = ", ".join(f"coalesce(totals.{counter}, 0) AS {counter}" for counter in COUNTERS)
_LINKS: Final = f"""
    SELECT link.id, link.slug, link.kind, link.system_kind, link.query_policy, link.is_test, link.is_honeypot,
        link.destination_url,
        link.is_destination_overridden, link.label, lower(link.label) AS label_key,
        link.tags, link.campaign_id, link.creator_id, link.deliverable_id,
        link.message_id, link.contact_id, link.referring_contact_id, link.offer_id, link.sharer_id,
        link.is_destination_broken, link.destination_checked_at, link.destination_finding, link.replaced_by_id,
        link.archived_at, link.deleted_at, link.created_at, domain.host, domain.has_tls, {_CLICK_COLUMNS}
    FROM link
    JOIN tracking_domain AS domain ON domain.id = link.domain_id
    LEFT JOIN rollup AS totals ON totals.account_id = link.account_id AND totals.scope = {Scope.LINK}
        AND totals.first_key = link.id AND totals.second_key = 0 AND totals.grain = {Grain.TOTAL}
"""
# Where a random slug matches to the letter, it wins, as it does when the address is visited.
_AT_ADDRESS: Final = """
    WHERE link.account_id = $1 AND link.deleted_at IS NULL AND domain.host = $2
        AND (link.slug = $3 OR link.slug = lower($3) AND link.is_readable)
    ORDER BY link.slug = $3 DESC LIMIT 1
"""
_NO_ROW: Final = 0
_OWNERS: Final = (
    "campaign_id",
    "creator_id",
    "deliverable_id",
    "message_id",
    "contact_id",
    "sharer_id",
    "domain_id",
)
_NODES: Final = ("campaign_id", "creator_id", "deliverable_id")  # that have a list of links each
_TOTAL_CLICKS: Final = " + ".join(f"coalesce(totals.{counter}, 0)" for counter in COUNTERS[:6])
_CONVERTED: Final = {"kind", "system_kind", "query_policy", "totals"}
SORT_KEYS: Final = {
    "CREATED_AT": "link.id",  # ids ascend in time
    "LABEL": "lower(link.label)",
    "TOTAL_CLICKS": f"({_TOTAL_CLICKS})",
    "UNIQUE_CLICKS": "coalesce(totals.unique_clicks, 0)",
}


class LinkRow(NamedTuple):
    id: int
    slug: str
    kind: LinkKind
    system_kind: SystemLinkKind | None
    query_policy: QueryPolicy
    is_test: bool
    is_honeypot: bool
    destination_url: str
    is_destination_overridden: bool
    label: str
    label_key: str  # what the order by label compares
    tags: list[str]
    campaign_id: int | None
    creator_id: int | None
    deliverable_id: int | None
    message_id: int | None
    contact_id: int | None
    referring_contact_id: int | None
    offer_id: int | None
    sharer_id: int | None
    is_destination_broken: bool | None
    destination_checked_at: dt.datetime | None
    destination_finding: str | None
    replaced_by_id: int | None
    archived_at: dt.datetime | None
    deleted_at: dt.datetime | None
    created_at: dt.datetime
    host: str
    has_tls: bool
    totals: Counts


class LinkFilter(NamedTuple):
    """What is None restricts nothing; but archived links are left out unless asked for, and so are recipients' links,
    of which a message has thousands, where neither their kind nor their message nor their contact is asked for.
    Deleted ones are never listed.
    """

    campaign_id: int | None = None
    creator_id: int | None = None
    deliverable_id: int | None = None
    message_id: int | None = None
    contact_id: int | None = None
    sharer_id: int | None = None
    domain_id: int | None = None
    kinds: Collection[LinkKind] | None = None
    system_kinds: Collection[SystemLinkKind] | None = None
    any_tag: Collection[str] | None = None
    all_tags: Collection[str] | None = None
    search: str | None = None
    is_archived: bool | None = False
    is_destination_broken: bool | None = None

    def within(self, **node: int) -> "LinkFilter":
        """Also of this campaign, creator or deliverable; of none when the filter asks for another one."""
        bounds: dict[str, Any] = {
            name: key if getattr(self, name) in {None, key} else _NO_ROW for name, key in node.items()
        }
        return self._replace(**bounds)


class LinkPage(NamedTuple):
    """A page of links in the order of a key of SORT_KEYS, then of ids."""

    wanted: LinkFilter
    window: Window
    sort_by: str = "CREATED_AT"
    is_descending: bool = True

    @property
    def of_any_node(self) -> "LinkPage":
        """What the pages of nodes have in common when one query asks for the links of each."""
        return self._replace(wanted=self.wanted._replace(**dict.fromkeys(_NODES)))

    @property
    def nodes(self) -> tuple[str, ...]:
        """The columns that tell whose links it holds."""
        return tuple(name for name in _NODES if getattr(self.wanted, name) is not None)


async def list_links(pool: asyncpg.Pool, account_id: int, page: LinkPage) -> list[LinkRow]:
    conditions = _restrict(account_id, page.wanted)
    text = _write_page(conditions, page)
    return [_read_link(row) for row in await pool.fetch(f"{_LINKS} {text}", *conditions.parameters)]


async def list_links_of_nodes(pool: asyncpg.Pool, account_id: int, pages: Sequence[LinkPage]) -> list[list[LinkRow]]:
    """Pages that differ only in the campaign, creator and deliverable that they ask for, in one statement."""
    shared, names = pages[0].of_any_node, pages[0].nodes
    conditions = _restrict(account_id, shared.wanted)
    keys = ", ".join(f"{conditions.bind([getattr(page.wanted, name) for page in pages])}::bigint[]" for name in names)
    for name in names:
        conditions.require(f"link.{name} = node.{name}")
    rows = await pool.fetch(
        f"""
        SELECT node.place, page.* FROM unnest({keys}) WITH ORDINALITY AS node ({", ".join(names)}, place)
        CROSS JOIN LATERAL (
            SELECT row_number() OVER () AS rank, link.* FROM ({_LINKS} {_write_page(conditions, shared)}) AS link
        ) AS page
        ORDER BY node.place, page.rank
        """,
        *conditions.parameters,
    )
    found: list[list[LinkRow]] = [[] for _ in pages]
    for row in rows:
        found[row["place"] - 1].append(_read_link(row))
    return found


def _write_page(conditions: Conditions, page: LinkPage) -> str:
    return conditions.page([SORT_KEYS[page.sort_by], "link.id"], page.window, is_descending=page.is_descending)


def _restrict(account_id: int, wanted: LinkFilter) -> Conditions:
    conditions = Conditions(account_id)
    conditions.require("link.account_id = $1 AND link.deleted_at IS NULL")
    for column in _OWNERS:
        conditions.add_if_given(f"link.{column} = {{}}", getattr(wanted, column))
    if wanted.kinds is not None:
        conditions.add("link.kind = ANY ({}::text[])", [kind.value for kind in wanted.kinds])
    elif wanted.message_id is None and wanted.contact_id is None:
        conditions.require("link.kind <> 'RECIPIENT'")
    if wanted.system_kinds is not None:
        conditions.add("link.system_kind = ANY ({}::text[])", [kind.value for kind in wanted.system_kinds])
    for operator, tags in (("&&", wanted.any_tag), ("@>", wanted.all_tags)):
        if tags is not None:
            # The index holds links that have tags only.
            conditions.add(f"link.tags <> '{{{{}}}}' AND link.tags {operator} {{}}::text[]", list(tags))
    conditions.search(["link.label", "link.slug", "link.destination_url"], wanted.search)
    conditions.add_archived(wanted.is_archived, "link.archived_at")
    conditions.add_if_given("coalesce(link.is_destination_broken, false) = {}", wanted.is_destination_broken)
    return conditions


async def find_links(pool: asyncpg.Pool, account_id: int, link_ids: Collection[int]) -> dict[int, LinkRow]:
    """By id, deleted ones too, as their clicks stay. What this account does not have is left out."""
    rows = await pool.fetch(
        f"{_LINKS} WHERE link.account_id = $1 AND link.id = ANY ($2::bigint[])", account_id, list(set(link_ids))
    )
    return {row["id"]: _read_link(row) for row in rows}


async def find_link_by_url(pool: asyncpg.Pool, account_id: int, url: str) -> LinkRow | None:
    """The link that answers this address, with or without scheme, port, placement and query; in any case where its
    slug is readable. None for an address that is not a link's.
    """
    text = url.strip()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = normalise_host(parts.netloc)
    except ValueError:
        return None
    slug, _ = split_placement(unquote(parts.path).removeprefix("/"))
    if host is None or not is_slug(slug):
        return None
    row = await pool.fetchrow(f"{_LINKS} {_AT_ADDRESS}", account_id, host, slug)
    return _read_link(row) if row else None


def _read_link(row: Any) -> LinkRow:
    return LinkRow(
        **{name: row[name] for name in LinkRow._fields if name not in _CONVERTED},
        kind=LinkKind(row["kind"]),
        system_kind=row["system_kind"] and SystemLinkKind(row["system_kind"]),
        query_policy=QueryPolicy(row["query_policy"]),
        totals=read_counts(row),
    )
