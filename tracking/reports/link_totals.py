"""The totals of many links of many accounts at once, for who watches them."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from tracking.click_shards import ClickShards
from tracking.links.recipient_totals import count_recipient_clicks
from tracking.reports.outcome_queries import NOTHING_FOUND, FoundOutcomes, read_outcomes
from tracking.reports.queries import Counts, Subject, read_freshness, read_totals
from tracking.reports.ranges import EVERYTHING
from tracking.reports.recipient_outcomes import read_recipient_outcomes
from tracking.reports.scopes import Scope


class LinkKey(NamedTuple):
    account_id: int
    link_id: int
    is_recipients: bool  # made for one contact: rollups have no row of it


@dataclass(frozen=True)
class LinkTotals:
    """Two are equal when they count the same, whenever that was."""

    counts: Counts
    outcomes: FoundOutcomes
    as_of: dt.datetime = field(compare=False)


async def read_link_totals(
    pool: asyncpg.Pool, shards: ClickShards, keys: Collection[LinkKey]
) -> dict[LinkKey, LinkTotals]:
    """Two statements for the links of an account, and two for those of its recipients."""
    as_of = (await read_freshness(pool, shards)).as_of
    found: dict[LinkKey, LinkTotals] = {}
    by_account: dict[int, list[LinkKey]] = {}
    for key in keys:
        by_account.setdefault(key.account_id, []).append(key)
    for account_id, of_account in by_account.items():
        shared = {Subject(Scope.LINK, key.link_id): key for key in of_account if not key.is_recipients}
        if shared:
            totals = await read_totals(pool, account_id, shared, EVERYTHING)
            outcomes = await read_outcomes(pool, account_id, list(shared), EVERYTHING)
            for subject, key in shared.items():
                counts = totals.get(subject, Counts())
                found[key] = LinkTotals(counts, outcomes.get(subject, NOTHING_FOUND), as_of)
        own = {key.link_id: key for key in of_account if key.is_recipients}
        if own:
            clicks = await count_recipient_clicks(pool, account_id, own)
            worth = await read_recipient_outcomes(pool, account_id, own)
            for link_id, key in own.items():
                found[key] = LinkTotals(clicks.get(link_id, Counts()), worth.get(link_id, NOTHING_FOUND), as_of)
    return found
