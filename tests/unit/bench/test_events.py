"""What the bench of subscriptions says of what they were told: it sees what is missing, twice, or not for them."""

import math
from array import array
from collections.abc import Sequence
from uuid import UUID

import pytest

from bench.account import BenchLink
from bench.events.lateness import Receipt, Stored, Told, Window, compare, spread
from bench.events.plan import WHOLE, Received
from bench.programs import BenchError
from tracking.graph_ids import write_graph_id

pytestmark = pytest.mark.feature("R13")
LINKS = [BenchLink(link_id=71, campaign_id=1, creator_id=1, slug="a"), BenchLink(72, 1, 1, "b")]
CLICKS = [UUID(int=number) for number in (1, 2)]
IN_LOG = {
    str(CLICKS[0]): Stored(link_id=71, stored_at_s=100.0, logged_at_s=100.5),
    str(CLICKS[1]): Stored(link_id=99, stored_at_s=101.0, logged_at_s=101.5),  # nobody follows this link alone
}
ALL = [(0, 0), *((len(LINKS) + number, click) for click in (0, 1) for number in range(WHOLE))]


def compare_what(told: Sequence[tuple[int, int]], clicks: dict[str, Stored] | None = None) -> Told:
    """Subscriber and click of each receipt, all at second 103."""
    received = Received(
        times_us=array("q", [103_000_000] * len(told)).tobytes(),
        subscribers=array("i", [subscriber for subscriber, _ in told]).tobytes(),
        clicks=array("i", [click for _, click in told]).tobytes(),
        click_ids=[write_graph_id("Click", click) for click in CLICKS],
        digests=[],
        told={},
        lost=[],
        cpu_s=0,
        seconds=1,
        lags_ms=[],
    )
    return compare(received, IN_LOG if clicks is None else clicks, LINKS)


def test_everybody_was_told_of_everything_once() -> None:
    told = compare_what(ALL)
    assert (told.missing, told.repeated, told.clicks, len(told.receipts)) == (0, 0, 2, 1 + 2 * WHOLE)
    assert told.receipts[0] == Receipt(is_whole=False, stored_at_s=100.0, logged_at_s=100.5, received_at_s=103.0)
    assert told.receipts[0].since_stored_ms == 3_000
    assert told.receipts[0].since_logged_ms == 2_500


def test_what_one_subscriber_was_not_told_is_missing() -> None:
    assert compare_what(ALL[1:]).missing == 1
    assert compare_what(ALL[:-1]).missing == 1
    assert compare_what([]).missing == 1 + 2 * WHOLE


def test_what_came_twice_is_a_repeat_and_makes_up_for_nothing() -> None:
    told = compare_what([*ALL[1:], ALL[-1]])
    assert (told.missing, told.repeated) == (1, 1)


def test_a_click_on_another_link_than_was_asked_for_ends_the_bench() -> None:
    with pytest.raises(BenchError, match="subscriber 1 was told of"):
        compare_what([(1, 0)])


def test_a_click_that_is_not_in_the_log_ends_the_bench() -> None:
    with pytest.raises(BenchError, match="not for it"):
        compare_what([(0, 0)], clicks={})


def test_a_click_whose_row_was_written_again_is_counted_without_its_lateness() -> None:
    told = compare_what(ALL, {**IN_LOG, str(CLICKS[1]): Stored(99, None, 101.5)})
    assert (told.missing, len(told.receipts)) == (0, 1 + WHOLE)


def test_a_window_has_what_was_stored_in_it_whenever_it_was_received() -> None:
    told = compare_what(ALL)
    assert len(Window(100.5, 101.5).choose(told.receipts)) == WHOLE
    assert Window(101.5, 200).choose(told.receipts) == []


def test_a_spread_of_nothing_is_endless() -> None:
    assert spread([]) == (math.inf, math.inf, math.inf)
    assert spread(range(1, 101)) == (50.5, 100, 100)
