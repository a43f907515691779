"""A creator who did well once, and one who does so reliably."""

import pytest

from tracking.performance.consistency import CampaignRate, Consistency, assess
from tracking.reports.rates import estimate_rate

pytestmark = pytest.mark.feature("CU9")

FOLLOWERS = 10_000


def assess_clicks(*clicks: int) -> Consistency:
    """Of campaigns A, B, C … with so many clicks of 10,000 followers."""
    rates = [estimate_rate(each, FOLLOWERS) for each in clicks]
    campaigns = [CampaignRate(place, chr(ord("A") + place), rate) for place, rate in enumerate(rates) if rate]
    return assess(campaigns, left_out=0)


def test_median_and_spread_are_of_all_that_are_compared() -> None:
    found = assess_clicks(100, 200, 300, 500)

    assert found.median == 0.025
    assert found.quartiles == pytest.approx((0.0175, 0.035))
    assert found.lowest is not None
    assert found.highest is not None
    assert (found.lowest.name, found.highest.name) == ("A", "D")


@pytest.mark.parametrize(
    ("clicks", "is_one_off"),
    [
        ((30, 30, 260), True),  # 0.3 %, 0.3 % and 2.6 %
        ((100, 100, 301), True),
        ((100, 100, 300), False),  # not more than 3 times the others
        ((30, 30, 30, 160, 260), True),  # one other came near
        ((30, 30, 30, 30, 160, 150, 260), False),  # two did
        ((30, 30, 30, 30, 150, 150, 300), False),  # two came as near as they must
        ((200, 210, 190), False),
    ],
)
def test_a_single_strong_result_is_called_a_one_off(clicks: tuple[int, ...], is_one_off: bool) -> None:
    assert assess_clicks(*clicks).is_one_off is is_one_off


def test_the_reason_is_told_in_words() -> None:
    assert assess_clicks(30, 30, 260).reason == (
        "C brought 2.6 %, 8.7 times the median of the other 2 campaigns, 0.3 %; none of them reached half of that."
    )
    assert assess_clicks(200, 210, 190).reason == (
        "B brought 2.1 %, 1.1 times the median of the other 2 campaigns, 1.9 %; 2 of them reached half of that."
    )


@pytest.mark.parametrize(
    ("clicks", "reason"),
    [
        ((), "0 of the campaigns have enough data: from 3 on an exception can be told."),
        ((30, 260), "2 of the campaigns have enough data: from 3 on an exception can be told."),
        ((9, 9, 260), "1 of the campaigns has enough data: from 3 on an exception can be told."),
    ],
)
def test_of_few_campaigns_nobody_can_say(clicks: tuple[int, ...], reason: str) -> None:
    found = assess_clicks(*clicks)

    assert (found.is_one_off, found.reason) == (None, reason)


def test_too_little_data_is_left_out() -> None:
    found = assess_clicks(9, 200, 300)

    assert ([each.name for each in found.compared], found.left_out, found.median) == (["B", "C"], 1, 0.025)


def test_one_campaign_has_no_spread() -> None:
    found = assess_clicks(200)

    assert (found.median, found.quartiles, found.lowest) == (0.02, None, found.highest)
