"""What an approved conversion adds to the counts: by its own moment, by its click's, and in whose currency (R12)."""

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tracking.conversions.deciding import Standing
from tracking.conversions.kinds import Method, Proof, Source, StandingReason, Status, Trust
from tracking.conversions.posting import post
from tracking.conversions.rules import Labels
from tracking.money import Money
from tracking.reports.outcomes import NO_CURRENCY, Dating, OutcomeDeltas

pytestmark = pytest.mark.feature("R12", "TR13")

BERLIN = ZoneInfo("Europe/Berlin")
CLICKED_AT = dt.datetime(2026, 5, 30, 9, 15, tzinfo=dt.UTC)
BOUGHT_AT = dt.datetime(2026, 6, 1, 12, 30, tzinfo=dt.UTC)
CLICK_HOUR, CLICK_DAY = dt.datetime(2026, 5, 30, 9, tzinfo=dt.UTC), dt.datetime(2026, 5, 29, 22, tzinfo=dt.UTC)
HOUR, DAY = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC), dt.datetime(2026, 5, 31, 22, tzinfo=dt.UTC)
LABELS = Labels(7, 2, 3, 5, 1, None, 8, None)
PLACE = (1, 7, 2, 3, 5, 1, None, 8, None)


def make_standing(**changes: Any) -> Standing:
    standing = Standing(
        status=Status.APPROVED,
        reason=StandingReason.NONE,
        trust=Trust.TOKEN,
        source=Source.SNIPPET,
        proof=Proof.NONE,
        occurred_at=BOUGHT_AT,
        received_at=BOUGHT_AT,
        method=Method.CLICK_ID,
        click_id=UUID(int=1),
        clicked_at=CLICKED_AT,
        labels=LABELS,
        value=Money(1250, "EUR"),
        payout=None,
        is_counted=True,
    )
    return standing._replace(**changes)


def list_posted(*standings: Standing, sign: int = 1) -> list[tuple[object, ...]]:
    deltas = OutcomeDeltas()
    for standing in standings:
        post(deltas, 1, standing, BERLIN, sign)
    return deltas.rows()


def test_it_counts_by_both_moments() -> None:
    assert list_posted(make_standing()) == [
        (*PLACE, HOUR, DAY, Dating.CONVERSION_TIME, "EUR", 1, 1, 1250, 0, 0, 0),
        (*PLACE, CLICK_HOUR, CLICK_DAY, Dating.CLICK_TIME, "EUR", 1, 1, 1250, 0, 0, 0),
    ]


def test_what_has_no_click_has_one_moment_and_is_not_credited() -> None:
    assert list_posted(make_standing(click_id=None, clicked_at=None)) == [
        (*PLACE, HOUR, DAY, dating, "EUR", 1, 0, 1250, 0, 0, 0) for dating in Dating
    ]


def test_a_payout_counts_in_its_own_currency_and_a_count_without_value_in_none() -> None:
    posted = list_posted(make_standing(value=None, payout=Money(300, "JPY"), clicked_at=None))
    assert posted == [
        (*PLACE, HOUR, DAY, dating, currency, *counts)
        for dating in Dating
        for currency, counts in ((NO_CURRENCY, (1, 1, 0, 0, 0, 0)), ("JPY", (0, 0, 0, 0, 300, 0)))
    ]


def test_what_is_given_back_is_positive_and_counts_as_no_conversion() -> None:
    refund = make_standing(value=Money(-500, "EUR"), payout=Money(-50, "EUR"), is_counted=False, clicked_at=None)
    assert list_posted(refund) == [(*PLACE, HOUR, DAY, dating, "EUR", 0, 0, 0, 500, -50, 0) for dating in Dating]


def test_a_contacts_own_link_has_no_place_of_its_own() -> None:
    [row, _] = list_posted(make_standing(labels=LABELS._replace(contact_id=4)))
    assert row[:9] == (1, None, 2, 3, 5, 1, 4, 8, None)


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.APPROVED])
def test_nothing_else_than_what_is_approved_counts(status: Status) -> None:
    assert list_posted(make_standing(status=status)) == []


def test_taking_it_away_leaves_nothing() -> None:
    deltas = OutcomeDeltas()
    for sign in (1, -1):
        post(deltas, 1, make_standing(payout=Money(300, "USD")), BERLIN, sign)
    assert deltas.rows() == []
