"""What the tables say of an account's conversions, in the shape in which the oracle says what they should."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tests.crediting.orders import Figures
from tests.crediting.standings import Standing
from tracking.bots.verdicts import Reason
from tracking.conversions.kinds import ConversionKind, Method, StandingReason, Status, Trust

Row = dict[str, Any]
FIGURES = ("conversions", "credited_conversions", "gross_minor", "refunds_minor", "payout_minor")


async def read_rows(pool: asyncpg.Pool, account_id: int) -> dict[UUID, asyncpg.Record]:
    rows = await pool.fetch("SELECT * FROM conversion WHERE account_id = $1", account_id)
    return {row["id"]: row for row in rows if row["conflicts_with"] is None}


async def read_at_odds(pool: asyncpg.Pool, account_id: int) -> dict[UUID, list[asyncpg.Record]]:
    """The rows of other amounts that are at odds still, by the conversion that they are at odds with."""
    rows = await pool.fetch(
        "SELECT * FROM conversion WHERE account_id = $1 AND conflicts_with IS NOT NULL AND status <> $2 ORDER BY id",
        account_id,
        Status.VOIDED,
    )
    found: dict[UUID, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["conflicts_with"], []).append(row)
    return found


def describe_row(row: Mapping[str, Any], expected: Standing) -> Row:
    """As `describe_standing`; of a conversion that counts nowhere, its amount and whose it is do not matter."""
    said: Row = {"status": Status(row["status"]).name, "trust": Trust(row["trust"]).name}
    said["reason"] = _name_reason(row["reason"], expected)
    if row["status"] != Status.APPROVED:
        return said
    names = ("click_id", "link_id", "creator_id", "campaign_id", "offer_id", "occurred_at")
    said |= {name: row[name] for name in names} | {"method": Method(row["method"]).name}
    said["value"] = (row["value_minor"], row["value_currency"]) if row["value_currency"] else None
    said["payout"] = (row["payout_minor"], row["payout_currency"]) if row["payout_currency"] else None
    return said


def _name_reason(reason: int, expected: Standing) -> str:
    """Where there are several, any one of them will do."""
    return describe_reasons(expected) if reason in expected.reasons else StandingReason(reason).name


def describe_reasons(standing: Standing) -> str:
    return " or ".join(sorted(each.name for each in standing.reasons))


def describe_standing(standing: Standing) -> Row:
    said: Row = {"status": standing.status.name, "trust": standing.trust.name, "reason": describe_reasons(standing)}
    if standing.status is not Status.APPROVED:
        return said
    credit = standing.credit
    return said | {
        "click_id": credit.click.click_id if credit.click else None,
        "link_id": credit.link.link_id or None,
        "creator_id": credit.link.creator_id,
        "campaign_id": credit.link.campaign_id,
        "offer_id": credit.offer_id,
        "occurred_at": standing.occurred_at,
        "method": credit.method.name,
        "value": standing.value,
        "payout": standing.payout,
    }


async def read_figures(pool: asyncpg.Pool, account_id: int, zone: ZoneInfo) -> Figures:
    """What the deltas add up to; nothing folds meanwhile."""
    keys = "dating, link_id, creator_id, campaign_id, offer_id, day_at, currency"
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in FIGURES)
    rows = await pool.fetch(
        f"SELECT {keys}, {sums} FROM outcome_delta WHERE account_id = $1 GROUP BY {keys}", account_id
    )
    figures: Figures = Counter()
    for row in rows:
        day = row["day_at"].astimezone(zone).date()
        place = (row["dating"], row["link_id"], row["creator_id"], row["campaign_id"], row["offer_id"], day)
        for name in FIGURES:
            if row[name]:
                figures[(*place, row["currency"], name)] += row[name]
    return figures


async def find_unvouched(pool: asyncpg.Pool, account_id: int) -> list[UUID]:
    """Clicks that are not counted though a brand's server reported a conversion of them, and nobody said so."""
    rows = await pool.fetch(
        "SELECT DISTINCT click.id FROM conversion"
        " JOIN conversion_report AS report ON report.conversion_id = conversion.id"
        " JOIN click ON click.id = ANY (report.click_ids) AND click.account_id = conversion.account_id"
        " WHERE conversion.account_id = $1 AND conversion.kind <= $2 AND report.proof > 0"
        " AND NOT click.is_counted AND click.evidence & $3 = 0",
        account_id,
        ConversionKind.CUSTOM,
        int(Reason.CONVERSION),
    )
    return [row["id"] for row in rows]
