"""Which click earns: windows to the millisecond, first or last, and never another's (rule 7, LO15)."""

import datetime as dt
import random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.clicks.ids import lower_bound
from tracking.conversions.kinds import Method, Proof, StandingReason
from tracking.conversions.receipts import CandidateFinding
from tracking.conversions.rules import Clue, Credit, Fallback, KnownClick, Labels, find_credit

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
WINDOW_S = 28 * 86_400
ACCOUNT = 1
MS = dt.timedelta(milliseconds=1)


def make_click(age: dt.timedelta, number: int = 0, **changes: Any) -> KnownClick:
    clicked_at = NOW - age
    click_id = UUID(int=lower_bound(clicked_at).int + number)
    known = KnownClick(click_id, ACCOUNT, clicked_at, True, Labels(link_id=7 + number), WINDOW_S, "FIRST_CLICK")
    return known._replace(**changes)


def credit(
    *clicks: KnownClick,
    method: Method = Method.CLICK_ID,
    fallbacks: tuple[Fallback, ...] = (),
    model: str = "FIRST_CLICK",
) -> Credit:
    clue = Clue(method, False, tuple(click.click_id for click in clicks))
    known = {click.click_id: click for click in clicks}
    return find_credit(ACCOUNT, NOW, [clue], known, fallbacks, default_model=model)


def list_findings(found: Credit) -> list[CandidateFinding]:
    return [candidate.finding for candidate in found.receipt.candidates]


@pytest.mark.feature("LO15", "R7")
class TestWindow:
    @pytest.mark.parametrize(
        ("age", "reason"),
        [
            (dt.timedelta(0), StandingReason.NONE),
            (dt.timedelta(days=27, hours=23, minutes=59), StandingReason.NONE),
            (dt.timedelta(days=28), StandingReason.NONE),
            (dt.timedelta(days=28) + MS, StandingReason.OUTSIDE_WINDOW),
            (dt.timedelta(days=28, seconds=1), StandingReason.OUTSIDE_WINDOW),
            (-MS, StandingReason.CLICK_AFTER_CONVERSION),
        ],
    )
    def test_it_has_both_its_ends(self, age: dt.timedelta, reason: StandingReason) -> None:
        found = credit(make_click(age))
        assert (found.reason, found.click is not None) == (reason, reason is StandingReason.NONE)

    def test_each_candidate_is_judged_by_its_own(self) -> None:
        short = make_click(dt.timedelta(days=2), 1, window_s=86_400)
        long = make_click(dt.timedelta(days=1), 2)
        found = credit(short, long)
        assert found.click == long
        assert list_findings(found) == [CandidateFinding.OUTSIDE_WINDOW, CandidateFinding.CHOSEN]


@pytest.mark.feature("TR9", "R7")
class TestModel:
    FIRST, LAST = make_click(dt.timedelta(days=3), 1), make_click(dt.timedelta(days=1), 2)

    def test_the_first_click_earns_unless_the_terms_say_otherwise(self) -> None:
        assert credit(self.LAST, self.FIRST).click == self.FIRST

    def test_the_last_click_earns_where_the_terms_say_so(self) -> None:
        clicks = [click._replace(model="LAST_CLICK") for click in (self.FIRST, self.LAST)]
        found = credit(*clicks)
        assert found.click == clicks[1]
        assert list_findings(found) == [CandidateFinding.NOT_THE_LAST, CandidateFinding.CHOSEN]

    def test_where_terms_differ_the_accounts_model_decides(self) -> None:
        other = self.LAST._replace(model="LAST_CLICK")
        assert credit(self.FIRST, other).click == self.FIRST
        assert credit(self.FIRST, other, model="LAST_CLICK").click == other

    def test_the_receipt_names_what_either_model_would_choose(self) -> None:
        receipt = credit(self.FIRST, self.LAST).receipt
        assert (receipt.first_click, receipt.last_click) == (str(self.FIRST.click_id), str(self.LAST.click_id))

    def test_a_bots_first_click_leaves_it_to_the_second(self) -> None:
        bot = self.FIRST._replace(is_counted=False)
        found = credit(bot, self.LAST)
        assert found.click == self.LAST
        assert list_findings(found) == [CandidateFinding.NOT_COUNTED, CandidateFinding.CHOSEN]


@pytest.mark.feature("R7", "TR13")
class TestSureness:
    CLICK = make_click(dt.timedelta(days=1), 1)
    OTHER = make_click(dt.timedelta(days=2), 2)
    LINK = Fallback(Method.LINK, Proof.NONE, Labels(link_id=9))
    COUPON = Fallback(Method.COUPON, Proof.NONE, Labels(link_id=8))

    def find(self, *clues: Clue) -> Credit:
        known = {click.click_id: click for click in (self.CLICK, self.OTHER)}
        return find_credit(ACCOUNT, NOW, clues, known)

    def test_a_click_id_decides_over_an_earlier_click_of_the_cookie(self) -> None:
        named = Clue(Method.CLICK_ID, False, (self.CLICK.click_id,))
        by_cookie = Clue(Method.COOKIE, False, (self.OTHER.click_id,))
        found = self.find(by_cookie, named)
        assert (found.click, found.method) == (self.CLICK, Method.CLICK_ID)
        assert CandidateFinding.LESS_SURE in list_findings(found)

    def test_what_was_proven_decides_over_what_was_not(self) -> None:
        proven = Clue(Method.CLICK_ID, True, (self.CLICK.click_id,))
        claimed = Clue(Method.CLICK_ID, False, (self.OTHER.click_id,))
        assert self.find(claimed, proven).click == self.CLICK

    def test_a_bare_link_belongs_to_nobodys_click(self) -> None:
        found = credit(fallbacks=(self.LINK,))
        assert (found.method, found.click, found.labels.link_id) == (Method.LINK, None, 9)

    def test_a_bare_link_is_no_way_around_the_window(self) -> None:
        found = credit(make_click(dt.timedelta(days=29)), fallbacks=(self.LINK,))
        assert (found.method, found.reason) == (Method.NONE, StandingReason.OUTSIDE_WINDOW)

    def test_a_coupon_says_whose_it_is_when_no_click_does(self) -> None:
        found = credit(make_click(dt.timedelta(days=29)), fallbacks=(self.LINK, self.COUPON))
        assert (found.method, found.labels.link_id) == (Method.COUPON, 8)

    def test_without_anything_to_go_by_it_belongs_to_nobody(self) -> None:
        assert credit().reason is StandingReason.NOTHING_TO_GO_BY

    def test_a_click_of_another_account_is_shown_without_its_link(self) -> None:
        found = credit(self.CLICK._replace(account_id=2))
        assert found.reason is StandingReason.FOREIGN_CLICK
        [candidate] = found.receipt.candidates
        assert (candidate.finding, candidate.link_id) == (CandidateFinding.OF_ANOTHER_ACCOUNT, None)

    def test_the_receipt_says_of_each_click_why_it_earned_nothing(self) -> None:
        first, second = self.OTHER, self.CLICK
        after, missing = make_click(-MS, 3), make_click(dt.timedelta(days=3), 4)
        clue = Clue(Method.CLICK_ID, False, tuple(click.click_id for click in (first, second, after, missing)))
        found = find_credit(ACCOUNT, NOW, [clue], {click.click_id: click for click in (first, second, after)})
        assert {UUID(candidate.click_id): candidate.finding for candidate in found.receipt.candidates} == {
            first.click_id: CandidateFinding.CHOSEN,
            second.click_id: CandidateFinding.NOT_THE_FIRST,
            after.click_id: CandidateFinding.AFTER_CONVERSION,
            missing.click_id: CandidateFinding.NOT_FOUND,
        }


CLICKS = st.lists(
    st.builds(
        make_click,
        st.integers(-5, 60).map(lambda days: dt.timedelta(days=days)),
        st.integers(0, 20),
        is_counted=st.booleans(),
        account_id=st.sampled_from([1, 1, 1, 2]),
    ),
    max_size=8,
    unique_by=lambda click: click.click_id,
)


@given(CLICKS, st.randoms(use_true_random=False), st.sampled_from(["FIRST_CLICK", "LAST_CLICK"]))
def test_the_order_in_which_clicks_are_named_changes_nothing(
    clicks: list[KnownClick], order: random.Random, model: str
) -> None:
    shuffled = list(clicks)
    order.shuffle(shuffled)
    assert credit(*clicks, model=model) == credit(*shuffled, model=model)


@given(CLICKS)
def test_whoever_earns_is_counted_ours_and_within_the_window(clicks: list[KnownClick]) -> None:
    found = credit(*clicks)
    fine = [
        click
        for click in clicks
        if click.is_counted
        and click.account_id == ACCOUNT
        and 0 <= (NOW - click.clicked_at).total_seconds() <= WINDOW_S
    ]
    assert (found.click in fine) if fine else found.click is None
