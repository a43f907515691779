"""Finds the links and offers that rows of the CONVERSIONS kind name, all of a batch at once."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from tracking.imports.cells import Cells
from tracking.imports.rules import ProblemCode
from tracking.imports.writers.batches import Batch
from tracking.links.rules import PLACEMENT_SEPARATOR, normalise_host

# As redirectors find them; those that are archived too, as what they earned stays theirs.
_LINKS: Final = """
    SELECT DISTINCT ON (wanted.url) wanted.url, link.id
    FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted (url, host, slug)
    JOIN tracking_domain AS domain ON domain.host = wanted.host
    JOIN link ON link.domain_id = domain.id AND link.account_id = $1
        AND link.slug = ANY (ARRAY[wanted.slug, lower(wanted.slug)])
        AND (link.is_readable OR link.slug = wanted.slug)
    ORDER BY wanted.url, link.slug = wanted.slug DESC
"""
_OFFERS: Final = """
    SELECT id, external_id, coalesce(currency, '') AS currency FROM offer
    WHERE account_id = $1 AND external_id = ANY ($2::text[])
"""


class NamedOffer(NamedTuple):
    """`currency` is "" where the offer leaves it to the account."""

    offer_id: int
    currency: str


class ConversionReferences(NamedTuple):
    """`links` by short URL as it was given."""

    links: Mapping[str, int]
    offers: Mapping[str, NamedOffer]

    def read_link(self, cells: Cells) -> int | None:
        found = cells.take("link", lambda url: self.links.get(url, 0))
        if found == 0:
            message = "no link of this account: give its whole short URL, such as https://go.brand.example/ann"
            cells.refuse("link", ProblemCode.NOT_FOUND, message)
        return found or None

    def read_offer(self, cells: Cells) -> NamedOffer | None:
        if not cells.has("offer_external_id"):
            return None
        found = cells.take("offer_external_id", self.offers.get)
        if found is None:
            cells.refuse("offer_external_id", ProblemCode.NOT_FOUND, "no offer of this account")
        return found


async def find_conversion_references(batch: Batch) -> ConversionReferences:
    urls = {row["link"]: split_url(row["link"]) for row in batch.rows if row.get("link")}
    addresses = [(url, *address) for url, address in urls.items() if address is not None]
    names = list({row["offer_external_id"] for row in batch.rows if row.get("offer_external_id")})
    links, offers = [], []
    if addresses:
        columns = [list(column) for column in zip(*addresses, strict=True)]
        links = await batch.connection.execute_query_dict(_LINKS, [batch.account_id, *columns])
    if names:
        offers = await batch.connection.execute_query_dict(_OFFERS, [batch.account_id, names])
    return ConversionReferences(
        links={row["url"]: row["id"] for row in links},
        offers={row["external_id"]: NamedOffer(row["id"], row["currency"]) for row in offers},
    )


def split_url(url: str) -> tuple[str, str] | None:
    """Host and slug, also of an address without its scheme, and of one with a placement behind it."""
    try:
        address = urlsplit(url if "://" in url else f"//{url}")
    except ValueError:  # brackets that hold no address
        return None
    host = normalise_host(address.netloc)
    slug = address.path.strip("/").partition(PLACEMENT_SEPARATOR)[0]
    return (host, slug) if host and slug else None
