"""Conversions that are told as news: with how they stood before, and which of them a filter wants, then or now."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.conversions.filters import ConversionFilter
from tracking.conversions.kinds import find_kind
from tracking.conversions.listing import StoredConversion, find_conversions
from tracking.offers.events import name_event

_STANDINGS: Final = """
    SELECT DISTINCT conversion_id, link_id, campaign_id, creator_id, offer_id, occurred_at
    FROM conversion_entry WHERE account_id = $1 AND conversion_id = ANY ($2)
"""


class Standing(NamedTuple):
    """Whose a conversion was once, by its ledger."""

    link_id: int | None
    campaign_id: int | None
    creator_id: int | None
    offer_id: int | None
    occurred_at: dt.datetime


class ConversionNews(NamedTuple):
    conversion: StoredConversion
    standings: list[Standing]  # those of the past, and the present one


async def find_news(pool: asyncpg.Pool, account_id: int, ids: Sequence[UUID]) -> dict[UUID, ConversionNews]:
    """Those of this account, as they are now. The ledger is read last: what it has not yet, will be told."""
    found = await find_conversions(pool, account_id, ids)
    standings: dict[UUID, list[Standing]] = {}
    for row in await pool.fetch(_STANDINGS, account_id, list(found)):
        standings.setdefault(row["conversion_id"], []).append(Standing(*row[1:]))
    return {key: ConversionNews(row, [*standings.get(key, ()), _read_present(row)]) for key, row in found.items()}


def is_wanted(news: ConversionNews, wanted: ConversionFilter) -> bool:
    """The filter, asked of what the conversion is now."""
    row = news.conversion
    return (
        _may_ever_match(row, wanted)
        and _was_wanted(_read_present(row), wanted)
        and all(
            values is None or value in values
            for value, values in (
                (row.status, wanted.statuses),
                (row.method, wanted.methods),
                (row.trust, wanted.trusts),
            )
        )
        and (wanted.is_in_inbox is None or row.is_in_inbox == wanted.is_in_inbox)
        and (wanted.recorded_from is None or row.recorded_at >= wanted.recorded_from)
        and (wanted.recorded_to is None or row.recorded_at < wanted.recorded_to)
    )


def may_have_been_wanted(news: ConversionNews, wanted: ConversionFilter) -> bool:
    """True unless it never was of what the filter asks for: whoever was told of it learns that this has changed."""
    return _may_ever_match(news.conversion, wanted) and any(_was_wanted(each, wanted) for each in news.standings)


def _may_ever_match(row: StoredConversion, wanted: ConversionFilter) -> bool:
    """What never changes of a conversion."""
    if wanted.events is not None:
        names = {name_event(each) for each in wanted.events}
        if row.event not in names or row.kind not in {find_kind(each) for each in names}:
            return False
    return (wanted.kinds is None or row.kind in wanted.kinds) and (
        wanted.txn_ids is None or row.txn_id in wanted.txn_ids
    )


def _was_wanted(standing: Standing, wanted: ConversionFilter) -> bool:
    return (
        all(
            values is None or value in values
            for value, values in (
                (standing.link_id, wanted.link_ids),
                (standing.campaign_id, wanted.campaign_ids),
                (standing.creator_id, wanted.creator_ids),
                (standing.offer_id, wanted.offer_ids),
            )
        )
        and (wanted.occurred_from is None or standing.occurred_at >= wanted.occurred_from)
        and (wanted.occurred_to is None or standing.occurred_at < wanted.occurred_to)
    )


def _read_present(row: StoredConversion) -> Standing:
    return Standing(row.link_id, row.campaign_id, row.creator_id, row.offer_id, row.occurred_at)
