"""How many deliveries are sent to one endpoint at once, and what several answers say of it together."""

import datetime as dt
from typing import Any

import pytest

from tracking.webhooks.deliveries import DeliveryStatus, Due, Origin, Problem, Result
from tracking.webhooks.health import Sign
from worker.webhooks.lanes import LATE_S, Held, Lane, Load, share_out
from worker.webhooks.sender import Answer
from worker.webhooks.signs import Landed, read_signs

pytestmark = pytest.mark.feature("R13")
NOW = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)
ANYTHING: Any = None
URL = "https://shop.example/hook"


def make_lane(waiting: int) -> Lane:
    lane = Lane(ANYTHING, account_id=1)
    for _ in range(waiting):
        lane.hold(Held(make_due(), 0))
    return lane


def make_due(endpoint_id: int = 1, origin: Origin = Origin.LOG) -> Due:
    return Due(ANYTHING, endpoint_id, origin, "evt_1", is_batch=False, body=b"{}", created_at=NOW, step=0,
               leased_until=NOW, is_failing=False, account_id=1)  # fmt: skip


def land(second: int, status_code: int | None, *, endpoint_id: int = 1, **given: Any) -> Landed:
    """An attempt that began at that second."""
    problem = Problem.TIMEOUT if status_code is None else None
    at = NOW + dt.timedelta(seconds=second)
    result = Result(ANYTHING, NOW, DeliveryStatus.WAITING, 5, at, 9, status_code, problem, None)
    answer = Answer(status_code, problem, patience_s=given.get("patience_s"))
    return Landed(make_due(endpoint_id, given.get("origin", Origin.LOG)), given.get("url", URL), answer, result)


def test_a_lane_widens_with_quick_answers_up_to_four_and_halves_without_any() -> None:
    lane = make_lane(0)
    widths = [lane.width]
    for is_answered, is_quick in [(True, True)] * 4 + [
        (True, False),
        (False, False),
        (True, True),
        *[(False, False)] * 3,
    ]:
        lane.learn(is_answered=is_answered, is_quick=is_quick)
        widths.append(lane.width)
    assert widths == [1, 2, 3, 4, 4, 4, 2, 3, 1, 1, 1]


def test_as_many_are_taken_as_the_lane_is_wide_and_one_while_it_fails() -> None:
    lane = make_lane(9)
    lane.width = 3
    said = [lane.may_send]
    for _ in range(3):
        taken = lane.take_next()
        said.append(lane.may_send)
    assert said == [True, True, True, False]
    assert (lane.held, lane.room) == (9, 3)
    lane.land(taken)
    said = [lane.may_send]
    lane.is_failing = True
    assert [*said, lane.may_send] == [True, False]
    assert lane.room < 0


def test_one_success_among_failures_is_success() -> None:
    landed = [land(1, 500), land(3, 200), land(2, None)]
    assert read_signs(landed) == [Sign(1, URL, NOW + dt.timedelta(seconds=3), has_succeeded=True)]


def test_failing_began_with_the_first_failure() -> None:
    assert read_signs([land(2, 500), land(1, None)]) == [
        Sign(1, URL, NOW + dt.timedelta(seconds=1), has_succeeded=False)
    ]


@pytest.mark.parametrize("statuses", [(200, 410), (410, 200), (410, 500), (200, 410, 200)])
def test_what_is_gone_is_gone_whatever_it_answers_beside(statuses: tuple[int, ...]) -> None:
    [sign] = read_signs([land(second, status) for second, status in enumerate(statuses)])
    assert (sign.has_succeeded, sign.is_gone) == (False, True)


def test_the_longest_patience_counts_and_each_endpoint_is_told_of_by_itself() -> None:
    [busy, other] = read_signs(
        [land(0, 429, patience_s=9.0), land(1, 503, patience_s=5.0), land(0, 200, endpoint_id=2)]
    )
    assert busy.not_before == NOW + dt.timedelta(seconds=9)
    assert (other.endpoint_id, other.not_before) == (2, None)


def test_what_an_address_said_is_told_of_that_address_alone() -> None:
    before, now = read_signs([land(1, 410), land(2, 200, url="https://shop.example/new")])
    assert (before.url, before.is_gone, before.has_succeeded) == (URL, True, False)
    assert (now.url, now.is_gone, now.has_succeeded) == ("https://shop.example/new", False, True)


def test_a_lane_knows_how_many_of_its_deliveries_are_pings() -> None:
    lane = make_lane(1)
    lane.hold(Held(make_due(origin=Origin.PING), 0))
    counted = [lane.pings]
    for _ in range(2):
        lane.land(lane.take_next())
        counted.append(lane.pings)
    assert counted == [1, 1, 0]


@pytest.mark.parametrize(
    ("free", "held", "share"), [(400, 0, 200), (200, 200, 0), (100, 20, 40), (1, 0, 1), (50, 90, 0)]
)
def test_nobody_takes_more_than_is_left_for_others(free: int, held: int, share: int) -> None:
    shares = share_out(free, {1: held})
    assert shares.of_accounts == {1: share}
    assert held + share <= max(held, free - share + 1)
    assert shares.of_others == (free + 1) // 2


def test_pings_say_nothing() -> None:
    assert read_signs([land(1, 500, origin=Origin.PING)]) == []


def test_who_comes_late_to_the_clock_watches_over_less_and_more_again_in_time() -> None:
    load = Load(50)
    limits = []
    for late_s in (0, 0, 0, 0, 2 * LATE_S, 2 * LATE_S, 2 * LATE_S, 2 * LATE_S, 2 * LATE_S, 2 * LATE_S, 2 * LATE_S, 0):
        load.note_late(late_s)
        limits.append(load.limit)
    assert limits == [36, 40, 45, 50, 37, 27, 20, 15, 11, 8, 8, 10]
