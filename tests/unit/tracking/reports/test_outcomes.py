import datetime as dt

import pytest

from tracking.money import Money
from tracking.reports.outcome_queries import (
    NOTHING_FOUND,
    FoundOutcomes,
    OutcomeRow,
    Outcomes,
    Worth,
    hide_unknown,
    sum_outcomes,
)
from tracking.reports.outcomes import NO_CURRENCY, Dating
from tracking.reports.series import Span, spread_outcomes

pytestmark = pytest.mark.feature("LO16")

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
BOUGHT, CLICKED = Dating.CONVERSION_TIME, Dating.CLICK_TIME
EMPTY = Outcomes(conversions=0, of_clicks=0, worth={}, impressions=None)


def row(dating: Dating, *counts: int, currency: str = "EUR", at: dt.datetime = NOON) -> OutcomeRow:
    """Conversions, credited ones, gross, refunds, payout, impressions."""
    return OutcomeRow(at, dating, currency, (*counts, *[0] * (6 - len(counts))))


def test_each_moment_has_its_own_sums_and_the_rate_is_always_of_the_clicks() -> None:
    found = FoundOutcomes([row(BOUGHT, 3, 2, 900, 100, 90), row(CLICKED, 1, 1, 400)], has_impressions=False)

    assert found.tell(BOUGHT) == Outcomes(3, 1, {"EUR": Worth(900, 100, 90)}, None)
    assert found.tell(CLICKED) == Outcomes(1, 1, {"EUR": Worth(400, 0, 0)}, None)


def test_currencies_are_in_order_and_those_without_money_are_left_out() -> None:
    rows = [
        row(BOUGHT, 1, 0, 5, currency="USD"),
        row(BOUGHT, 2, 0, 0, currency=NO_CURRENCY),
        row(BOUGHT, 1, 0, 7, 7, currency="EUR"),
        row(BOUGHT, 1, 0, 5, currency="USD"),
        row(BOUGHT, 1, currency="JPY"),
    ]

    told = sum_outcomes(rows, BOUGHT, has_impressions=False)

    assert (told.conversions, list(told.worth)) == (6, ["EUR", "USD"])
    assert told.list_money(lambda worth: worth.gross_minor) == [Money(7, "EUR"), Money(10, "USD")]
    assert told.list_net() == [Money(10, "USD")]


@pytest.mark.feature("IM13")
def test_impressions_have_one_moment_and_are_null_where_none_was_ever_seen() -> None:
    rows = [row(dating, 0, 0, 0, 0, 0, 5, currency=NO_CURRENCY) for dating in Dating]

    assert [sum_outcomes(rows, dating, has_impressions=True).impressions for dating in Dating] == [5, 5]
    assert FoundOutcomes([], has_impressions=True).tell(BOUGHT).impressions == 0
    assert NOTHING_FOUND.tell(BOUGHT) == EMPTY


@pytest.mark.parametrize(("since", "conversions"), [(None, None), (NOON, None), (NOON + HOUR, None), (NOON - HOUR, 0)])
def test_nobody_knows_what_was_before_an_account_could_have_conversions(
    since: dt.datetime | None, conversions: int | None
) -> None:
    assert hide_unknown(EMPTY, since, NOON).conversions == conversions


@pytest.mark.parametrize(
    "outcomes",
    [EMPTY._replace(conversions=1), EMPTY._replace(of_clicks=1), EMPTY._replace(worth={"EUR": Worth(0, 5, 0)})],
)
def test_what_is_there_is_told(outcomes: Outcomes) -> None:
    assert hide_unknown(outcomes, None, NOON) == outcomes


def test_a_bucket_is_in_the_point_that_it_starts_in() -> None:
    spans = [Span(NOON, NOON + HOUR), Span(NOON + HOUR, NOON + 2 * HOUR)]
    before, first, second, after = (row(BOUGHT, 1, at=NOON + hours * HOUR) for hours in (-1, 0, 1, 2))

    assert spread_outcomes(spans, [before, first, second, second, after]) == [[first], [second, second]]
