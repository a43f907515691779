"""Reads of links with their host and lifetime totals: one statement, however many links. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import asyncpg

from tracking.links.models import LinkKind
from tracking.links.rules import is_slug, normalise_host, split_placement
from tracking.paging import Conditions, Window
from tracking.reports.queries import Counts, read_counts
from tracking.reports.scopes import COUNTERS, Grain, Scope

_CLICK_COLUMNS: Final = ", ".join(f"coalesce(totals.{counter}, 0) AS {counter}" for counter in COUNTERS)
_LINKS: Final = f"""
    SELECT link.id, link.slug, link.kind, link.destination_url, link.is_destination_overridden, link.label, link.tags,
        link.campaign_id, link.creator_id, link.deliverable_id, link.replaced_by_id, link.archived_at, link.created_at,
        domain.host, domain.has_tls, {_CLICK_COLUMNS}
    FROM link
    JOIN tracking_domain AS domain ON domain.id = link.domain_id
    LEFT JOIN rollup AS totals ON totals.account_id = link.account_id AND totals.scope = {Scope.LINK}
        AND totals.first_key = link.id AND totals.second_key = 0 AND totals.grain = {Grain.TOTAL}
"""
_NO_ROW: Final = 0
_TOTAL_CLICKS: Final = " + ".join(f"coalesce(totals.{counter}, 0)" for counter in COUNTERS[:6])
SORT_KEYS: Final = {
    "CREATED_AT": "link.id",  # ids ascend in time
    "TOTAL_CLICKS": f"({_TOTAL_CLICKS})",
    "UNIQUE_CLICKS": "coalesce(totals.unique_clicks, 0)",
}


class LinkRow(NamedTuple):
    id: int
    slug: str
    kind: LinkKind
    destination_url: str
    is_destination_overridden: bool
    label: str
    tags: list[str]
    campaign_id: int | None
    creator_id: int | None
    deliverable_id: int | None
    replaced_by_id: int | None
    archived_at: dt.datetime | None
    created_at: dt.datetime
    host: str
    has_tls: bool
    totals: Counts


class LinkFilter(NamedTuple):
    """What is None filters nothing."""

    campaign_id: int | None = None
    creator_id: int | None = None
    deliverable_id: int | None = None
    kinds: Collection[LinkKind] | None = None
    tag: str | None = None
    is_archived: bool | None = None

    def within(self, **node: int) -> "LinkFilter":
        """Also of this campaign, creator or deliverable; of none when the filter asks for another one."""
        bounds: dict[str, Any] = {
            name: key if getattr(self, name) in {None, key} else _NO_ROW for name, key in node.items()
        }
        return self._replace(**bounds)


async def list_links(
    pool: asyncpg.Pool,
    account_id: int,
    wanted: LinkFilter,
    window: Window,
    *,
    sort_by: str = "CREATED_AT",
    is_descending: bool = True,
) -> list[LinkRow]:
    """A page of links in the order of a key of SORT_KEYS, then of ids."""
    conditions = Conditions(account_id)
    conditions.require("link.account_id = $1")
    conditions.add_if_given("link.campaign_id = {}", wanted.campaign_id)
    conditions.add_if_given("link.creator_id = {}", wanted.creator_id)
    conditions.add_if_given("link.deliverable_id = {}", wanted.deliverable_id)
    conditions.add_if_given("{} = ANY (link.tags)", wanted.tag)
    if wanted.kinds is not None:
        conditions.add("link.kind = ANY ({}::text[])", [kind.value for kind in wanted.kinds])
    if wanted.is_archived is not None:
        conditions.require(f"link.archived_at IS {'NOT NULL' if wanted.is_archived else 'NULL'}")
    columns = dict.fromkeys([SORT_KEYS[sort_by], "link.id"])
    page = conditions.page(list(columns), window, is_descending=is_descending)
    return [_read_link(row) for row in await pool.fetch(f"{_LINKS} {page}", *conditions.parameters)]


async def find_links(pool: asyncpg.Pool, account_id: int, link_ids: Collection[int]) -> dict[int, LinkRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(
        f"{_LINKS} WHERE link.account_id = $1 AND link.id = ANY ($2::bigint[])", account_id, list(set(link_ids))
    )
    return {row["id"]: _read_link(row) for row in rows}


async def find_link_by_url(pool: asyncpg.Pool, account_id: int, url: str) -> LinkRow | None:
    """The link that answers this address, with or without a placement. None for an address that is not a link's."""
    try:
        parts = urlsplit(url)
        host = normalise_host(parts.netloc)
    except ValueError:
        return None
    slug, _ = split_placement(parts.path.removeprefix("/"))
    if host is None or not is_slug(slug):
        return None
    row = await pool.fetchrow(
        f"{_LINKS} WHERE link.account_id = $1 AND domain.host = $2 AND (link.slug = $3 OR link.slug = lower($3) AND"
        " link.is_readable) ORDER BY link.slug = $3 DESC LIMIT 1",
        account_id,
        host,
        slug,
    )
    return _read_link(row) if row else None


def _read_link(row: Any) -> LinkRow:
    return LinkRow(
        **{name: row[name] for name in LinkRow._fields if name not in {"kind", "totals"}},
        kind=LinkKind(row["kind"]),
        totals=read_counts(row),
    )
