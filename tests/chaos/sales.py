"""What must hold of purchases: each that was answered is one conversion of its amount, credited as its click counts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tests.chaos.load import LoadResult, Purchase
from tests.chaos.recount import Place, list_places
from tests.chaos.site import Site
from tests.chaos.tokens import read_click_id
from tracking.conversions.kinds import EntryCause, Status
from tracking.events.outbox import EventKind
from tracking.reports.outcomes import OUTCOMES, Dating

OutcomeCell = tuple[Place, int, str, str]  # place, dating, currency, outcome

_TAKEN_BACK: Final = """
    SELECT count(DISTINCT conversion_id) FROM conversion_entry
    WHERE account_id = $1 AND cause = $2 AND click_id IS NULL
"""


@dataclass(frozen=True)
class SalesFindings:
    """Figures of one run. All but the first three must be 0."""

    sales: int  # purchases of which a report was answered
    credited: int  # and that are credited to their click
    taken_back: int  # decided anew when their click turned out a program's
    lost_sales: int  # answered, and not stored
    doubled_sales: int  # conversions, ids or events beyond one for each purchase
    wrong_sales: int  # of another amount, another click, another standing, or in no event
    wrong_outcomes: int  # counters of rollups that a recount of the conversions contradicts
    refused_sales: int  # reports that were not taken

    @property
    def problems(self) -> list[str]:
        return [f"{getattr(self, field.name)} {field.name}" for field in fields(self)[3:] if getattr(self, field.name)]


async def examine_sales(pool: asyncpg.Pool, site: Site, load: LoadResult) -> SalesFindings:
    rows = await pool.fetch("SELECT * FROM conversion WHERE account_id = $1", site.account_id)
    clicks = await pool.fetch("SELECT id, is_counted FROM click WHERE account_id = $1", site.account_id)
    counted = {row["id"]: row["is_counted"] for row in clicks}
    told = await _read_told(pool, site)
    by_order: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_order.setdefault(row["order_key"], []).append(row)
    lost, wrong = 0, sum(1 for row in rows if not told[row["id"]])
    doubled = sum(count - 1 for count in told.values())
    for purchase in load.purchases:
        found = by_order.pop(f"t:{purchase.txn_id}", [])
        lost += bool(purchase.ids) and not found
        doubled += max(len(found) - 1, 0) + max(len(purchase.ids) - 1, 0)
        wrong += sum(1 for row in found if not _is_right(row, purchase, counted))
    return SalesFindings(
        sales=sum(1 for purchase in load.purchases if purchase.ids),
        credited=sum(1 for row in rows if row["click_id"] is not None),
        taken_back=await pool.fetchval(_TAKEN_BACK, site.account_id, EntryCause.CLICK_RELABELLED),
        lost_sales=lost,
        doubled_sales=doubled + sum(map(len, by_order.values())),
        wrong_sales=wrong,
        wrong_outcomes=await _count_wrong_outcomes(pool, site, rows),
        refused_sales=sum(len(purchase.refused) + purchase.gave_up for purchase in load.purchases),
    )


def _is_right(row: Mapping[str, Any], purchase: Purchase, counted: Mapping[UUID, bool]) -> bool:
    """Only a click that counts earns."""
    click_id = read_click_id(purchase.token)
    expected = (Status.APPROVED, click_id) if counted.get(click_id) else (Status.UNMATCHED, None)
    amount = (row["value_minor"], row["value_currency"])
    is_answered = not purchase.ids or str(row["id"]) in purchase.ids
    return is_answered and amount == (purchase.minor, "EUR") and (row["status"], row["click_id"]) == expected


async def _read_told(pool: asyncpg.Pool, site: Site) -> Counter[UUID]:
    rows = await pool.fetch(
        "SELECT unnest(ids) AS id FROM event_log WHERE account_id = $1 AND kind = $2",
        site.account_id,
        EventKind.CONVERSIONS_RECORDED,
    )
    return Counter(row["id"] for row in rows)


async def _count_wrong_outcomes(pool: asyncpg.Pool, site: Site, rows: list[Mapping[str, Any]]) -> int:
    expected: Counter[OutcomeCell] = Counter()
    for row in rows:
        if row["status"] == Status.APPROVED:
            for cell, amount in _list_cells(row, ZoneInfo(site.zone)):
                expected[cell] += amount
    found: Counter[OutcomeCell] = Counter()
    for row in await pool.fetch("SELECT * FROM outcome_rollup WHERE account_id = $1", site.account_id):
        place = (row["scope"], row["first_key"], row["second_key"], row["grain"], row["bucket"])
        for outcome in OUTCOMES:
            found[place, row["dating"], row["currency"], outcome] += row[outcome]
    return sum(1 for cell in expected.keys() | found.keys() if expected[cell] != found[cell])


def _list_cells(row: Mapping[str, Any], zone: ZoneInfo) -> Iterator[tuple[OutcomeCell, int]]:
    """Purchases are sales that were never taken back."""
    amounts = {
        "conversions": int(row["is_counted"]),
        "credited_conversions": int(row["is_counted"] and row["click_id"] is not None),
        "gross_minor": row["value_minor"],
    }
    moments = {Dating.CONVERSION_TIME: row["occurred_at"], Dating.CLICK_TIME: row["clicked_at"] or row["occurred_at"]}
    for dating, moment in moments.items():
        for place in list_places(row, moment, zone):
            for outcome, amount in amounts.items():
                yield (place, dating, row["value_currency"], outcome), amount
