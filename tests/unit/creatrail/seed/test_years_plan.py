"""On which days a link is followed at all does not depend on how many clicks there are."""

import pytest

from creatrail.seed.years.plan import FULL_SIZE, Plan, make_plan, plan_cells


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(FULL_SIZE)


def list_days_of_creators(plan: Plan, clicks: int) -> set[tuple[int, int]]:
    return {(plan.places[cell.place].creator, cell.day) for cells in plan_cells(plan, clicks) for cell in cells}


def test_ten_times_the_clicks_come_on_the_same_days_of_creators(plan: Plan) -> None:
    assert list_days_of_creators(plan, 1_000_000) == list_days_of_creators(plan, 10_000_000)


@pytest.mark.parametrize("clicks", [100_000, 1_000_000, 10_000_000])
def test_there_are_exactly_so_many_clicks_and_no_day_without_any(plan: Plan, clicks: int) -> None:
    counts = [cell.clicks for cells in plan_cells(plan, clicks) for cell in cells]

    assert (sum(counts), min(counts)) == (clicks, 1)


def test_a_creator_is_in_about_three_campaigns_and_in_each_once(plan: Plan) -> None:
    pairs = [(place.campaign, place.creator) for place in plan.places]

    assert (len(plan.creators), len(plan.campaigns)) == (1_000, 50)
    assert 2_800 < len(pairs) == len(set(pairs)) < 3_200


def test_most_clicks_come_within_two_weeks_of_a_post(plan: Plan) -> None:
    cells = [cell for day in plan_cells(plan, 1_000_000) for cell in day]
    soon = sum(
        cell.clicks for cell in cells if any(0 <= cell.day - post.day < 14 for post in plan.places[cell.place].posts)
    )

    assert soon > 950_000
