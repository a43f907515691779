"""Which offer a report names: by the brand's own id of it, or by its id on the graph. For the redirector."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any, Final

import asyncpg

# The brand's own id of an offer wins over ours.
_OFFERS: Final = """
    SELECT wanted.account_id, wanted.reference, found.offer_id, found.currency
    FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS wanted (account_id, reference, offer_id)
    CROSS JOIN LATERAL (
        SELECT offer.id AS offer_id, coalesce(offer.currency, account.currency) AS currency
        FROM offer JOIN account ON account.id = offer.account_id
        WHERE offer.account_id = wanted.account_id
            AND (offer.external_id = wanted.reference OR offer.id = wanted.offer_id)
        ORDER BY offer.external_id IS NOT DISTINCT FROM wanted.reference DESC
        LIMIT 1
    ) AS found
"""
_GLOBAL_ID: Final = re.compile(r"Offer:([1-9][0-9]{0,18})", re.ASCII)
_MAX_BIGINT: Final = 2**63 - 1


async def read_offers(pool: asyncpg.Pool, wanted: Sequence[tuple[int, str]], *, timeout_s: float) -> list[Any]:
    """A row for each of these (account, reference) that is an offer, archived or not."""
    rows: list[Any] = await pool.fetch(
        _OFFERS,
        [account_id for account_id, _ in wanted],
        [reference for _, reference in wanted],
        [read_offer_id(reference) for _, reference in wanted],
        timeout=timeout_s,
    )
    return rows


def read_offer_id(reference: str) -> int | None:
    """From the offer's id on the graph; None when it is no such id."""
    try:
        text = base64.b64decode(reference + "=" * (-len(reference) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    match = _GLOBAL_ID.fullmatch(text)
    number = int(match[1]) if match else 0
    return number if 0 < number <= _MAX_BIGINT else None
