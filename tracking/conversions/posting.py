"""What a conversion adds to the counts: as long as it is approved, and in both datings (rule 12). Pure."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tracking.clock import write_ms
from tracking.conversions.deciding import Standing
from tracking.conversions.kinds import Status
from tracking.reports.buckets import find_buckets
from tracking.reports.deltas import DeltaKey
from tracking.reports.outcomes import NO_CURRENCY, Dating, OutcomeDeltas


class _Line(NamedTuple):
    currency: str
    outcome: str
    amount: int


def post(deltas: OutcomeDeltas, account_id: int, standing: Standing, zone: ZoneInfo, sign: int = 1) -> None:
    """With `sign` -1, take away what it added."""
    if standing.status is not Status.APPROVED:
        return
    moments = {
        Dating.CONVERSION_TIME: standing.occurred_at,
        Dating.CLICK_TIME: standing.clicked_at or standing.occurred_at,
    }
    for dating, moment in moments.items():
        key = make_delta_key(account_id, standing, moment, zone)
        for line in _list_lines(standing):
            deltas.add(key, dating, line.currency, line.outcome, sign * line.amount)


def make_delta_key(account_id: int, standing: Standing, moment: dt.datetime, zone: ZoneInfo) -> DeltaKey:
    """As clicks are counted: recipients' links have no scope of their own."""
    labels = standing.labels
    buckets = find_buckets(write_ms(moment), zone)
    link_id = labels.link_id if labels.contact_id is None else None
    return (account_id, link_id, *labels[1:], buckets.hour_at, buckets.day_at)


def _list_lines(standing: Standing) -> Iterator[_Line]:
    value, payout = standing.value, standing.payout
    if standing.is_counted:
        currency = value.currency if value else NO_CURRENCY
        yield _Line(currency, "conversions", 1)
        if standing.click_id is not None:
            yield _Line(currency, "credited_conversions", 1)
    if value is not None and value.amount_minor > 0:
        yield _Line(value.currency, "gross_minor", value.amount_minor)
    if value is not None and value.amount_minor < 0:
        yield _Line(value.currency, "refunds_minor", -value.amount_minor)
    if payout is not None:
        yield _Line(payout.currency, "payout_minor", payout.amount_minor)
