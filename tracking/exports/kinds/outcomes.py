"""What clicks were worth, for exports with a row for each creator: money in one currency, others named (rule 7)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from tracking.exports.layouts import Cell, Column
from tracking.money import write_amount
from tracking.reports.outcomes import NO_CURRENCY, OUTCOMES, Dating
from tracking.reports.scopes import Scope

OUTCOME_COLUMNS: Final = (
    Column("conversions", int, "Approved ones that count, dated by themselves; empty where nobody could know."),
    Column("currency", str, "Of the amounts in this row."),
    Column("gross_value", Decimal, "What conversions brought."),
    Column("refunds", Decimal, "What refunds and chargebacks gave back; positive."),
    Column("net_value", Decimal, "gross_value - refunds."),
    Column("payout", Decimal, "What offers pay for it, less what was taken back."),
    Column("other_currencies", str, "In which there is more, that is not in this row; see the export of payouts."),
)
_DATED: Final = f"dating = {Dating.CONVERSION_TIME}"
_IS_MONEY: Final = "(gross_minor <> 0 OR refunds_minor <> 0 OR payout_minor <> 0)"


def write_outcomes(scope: Scope, first_key: str, second_key: str, currency: str) -> str:
    """A lateral row `outcomes`; `currency` and the keys are columns of what stands before it."""
    in_it, elsewhere = (
        f"by_currency.currency = {currency}",
        f"by_currency.currency NOT IN ('{NO_CURRENCY}', {currency})",
    )
    amounts = ", ".join(
        f"coalesce(sum({name}) FILTER (WHERE {_DATED} AND {in_it}), 0) AS {name}"
        for name in ("gross_minor", "refunds_minor", "payout_minor")
    )
    return f"""
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(conversions) FILTER (WHERE {_DATED}), 0)::bigint AS conversions,
                coalesce(sum(credited_conversions) FILTER (WHERE NOT {_DATED}), 0)::bigint AS of_clicks,
                {amounts},
                string_agg(by_currency.currency, ', ' ORDER BY by_currency.currency) FILTER (
                    WHERE {_DATED} AND {_IS_MONEY} AND {elsewhere}
                ) AS other_currencies,
                coalesce(bool_or(gross_minor <> refunds_minor) FILTER (WHERE {_DATED} AND {elsewhere}), false)
                    AS is_elsewhere,
                coalesce(bool_or(
                    CASE WHEN {_DATED} THEN conversions <> 0 OR {_IS_MONEY} ELSE credited_conversions <> 0 END
                ), false) AS is_something
            FROM (
                SELECT dating, currency, {", ".join(f"sum({outcome}) AS {outcome}" for outcome in OUTCOMES)}
                FROM outcome_rollup
                WHERE account_id = $1 AND scope = {scope} AND first_key = {first_key} AND second_key = {second_key}
                    AND grain = $2 AND bucket >= $3 AND bucket < $4
                GROUP BY dating, currency
            ) AS by_currency
        ) AS outcomes
    """


def tell_outcomes(row: Any, *, is_known: bool) -> Iterator[Cell]:
    """The cells of OUTCOME_COLUMNS. What is there is told even where nobody could know of all."""
    is_told = is_known or row["is_something"]
    currency, gross, refunds = row["currency"], int(row["gross_minor"]), int(row["refunds_minor"])
    yield row["conversions"] if is_told else None
    yield currency
    for minor in (gross, refunds, gross - refunds, int(row["payout_minor"])):
        yield write_amount(minor, currency) if is_told else None
    yield row["other_currencies"]
