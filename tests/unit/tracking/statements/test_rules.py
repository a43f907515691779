"""What is written is read back, whatever the figures, and whatever does not add up is found."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.money import CURRENCY_DIGITS
from tracking.paging import Window
from tracking.statements.figures import CLICKS, MONEY, OUTCOMES, Figures, make_figures, read_figures, write_figures
from tracking.statements.rules import (
    Content,
    Line,
    find_problems,
    hash_content,
    list_window,
    make_lines,
    read_content,
    write_content,
)
from tracking.statements.tables import write_table

pytestmark = pytest.mark.feature("R12", "TR21")

ANN, BOB = 7, 8
CLICK: Figures = {("humanClicks", ""): 1, ("countedClicks", ""): 1}
_COUNTS = st.tuples(st.sampled_from([*CLICKS, *OUTCOMES]), st.just(""), st.integers(-(10**15), 10**15))
_MONEY = st.tuples(
    st.sampled_from(list(MONEY)), st.sampled_from(sorted(CURRENCY_DIGITS)), st.integers(-(10**18), 10**18)
)


def make_content(number: int, said: dict[int, Figures], period: dict[int, Figures], **changes: object) -> Content:
    """Of the day of that number; the closed periods are as they were said."""
    start = dt.datetime(2026, 3, number, tzinfo=dt.UTC)
    content = Content(
        campaign_id=3,
        campaign_name="Spring",
        number=number,
        previous_sha256=None,
        starts_at=start,
        ends_at=start + dt.timedelta(days=1),
        timezone="UTC",
        as_of=start + dt.timedelta(days=2),
        conversions_since=None,
        lines=make_lines(said, said, period, {ANN: "ann", BOB: "bob"}),
    )
    return content._replace(**changes)  # type: ignore[arg-type]  # fields by their names


def chain(first: Content, second: Content) -> tuple[str, bytes, tuple[str, bytes]]:
    """The second as stored, and the first that it follows."""
    before = write_content(first)
    text = write_content(second)
    return text, hash_content(text), (before, hash_content(before))


class TestFigures:
    @given(st.lists(st.one_of(_COUNTS, _MONEY)))
    def test_what_is_written_is_read_back(self, amounts: list[tuple[str, str, int]]) -> None:
        figures = make_figures(amounts)

        assert read_figures(json.loads(json.dumps(write_figures(figures)))) == figures

    def test_money_has_all_digits_of_its_currency(self) -> None:
        figures = {("payout", "EUR"): -5, ("payout", "JPY"): 700, ("payout", "KWD"): 1_250}

        assert write_figures(figures) == {"payout": {"EUR": "-0.05", "JPY": "700", "KWD": "1.250"}}

    def test_clicks_of_all_classes_make_the_total_and_repeats_what_is_counted_beyond_uniques(self) -> None:
        figures = make_figures((name, "", 10**place) for place, name in enumerate(CLICKS))

        written = write_figures(figures)

        assert (written["totalClicks"], written["repeatClicks"]) == (111_111, 10**6 - 10**7)

    def test_an_amount_with_other_digits_is_no_amount_of_ours(self) -> None:
        with pytest.raises(ValueError, match="2 digits of EUR"):
            read_figures({"payout": {"EUR": "1.5"}})


class TestLines:
    def test_adjustments_are_what_the_closed_periods_differ_by_from_what_was_said(self) -> None:
        said: dict[int, Figures] = {ANN: {("uniqueClicks", ""): 5}, BOB: {("payout", "EUR"): 900}}
        closed: dict[int, Figures] = {ANN: {("uniqueClicks", ""): 3}}

        lines = make_lines(said, closed, {ANN: {("uniqueClicks", ""): 2}}, {ANN: "ann", BOB: "bob"})

        assert lines == [
            Line(ANN, "ann", {("uniqueClicks", ""): 2}, {("uniqueClicks", ""): -2}, {("uniqueClicks", ""): 5}),
            Line(BOB, "bob", {}, {("payout", "EUR"): -900}, {}),
        ]

    def test_who_has_nothing_has_no_line(self) -> None:
        assert make_lines({ANN: {}}, {}, {BOB: {}}, {}) == []

    def test_pages_go_both_ways(self) -> None:
        lines = [Line(key, "", {}, {}, {}) for key in (1, 2, 3)]

        assert [line.creator_id for line in list_window(lines, Window(2))] == [1, 2]
        assert [line.creator_id for line in list_window(lines, Window(2, (1,)))] == [2, 3]
        assert [line.creator_id for line in list_window(lines, Window(2, (3,), is_backward=True))] == [2, 1]


class TestProblems:
    def test_a_sound_chain_has_none(self) -> None:
        first = make_content(1, {}, {ANN: CLICK, 0: CLICK})
        sha256 = hash_content(write_content(first))
        second = make_content(2, {ANN: CLICK, 0: CLICK}, {BOB: CLICK}, previous_sha256=sha256)

        assert find_problems(*chain(first, second)) == []
        assert read_content(write_content(second)) == second

    @pytest.mark.parametrize(
        ("second", "problem"),
        [
            (make_content(2, {ANN: CLICK}, {}), "names another hash"),
            (make_content(3, {ANN: CLICK}, {}), "does not follow"),
            (make_content(2, {ANN: CLICK}, {}, starts_at=dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)), "does not follow"),
            (make_content(2, {ANN: CLICK}, {}, starts_at=dt.datetime(2026, 3, 1, 1, tzinfo=dt.UTC)), "does not follow"),
            (make_content(2, {}, {ANN: CLICK}), "figures of ann do not add up"),
            (make_content(2, {}, {BOB: CLICK}), "creators of the statement before are missing"),
        ],
    )
    def test_what_does_not_follow_from_the_one_before_is_found(self, second: Content, problem: str) -> None:
        found = find_problems(*chain(make_content(1, {}, {ANN: CLICK}), second))

        assert any(problem in each for each in found), found

    def test_totals_that_are_not_the_sum_are_found(self) -> None:
        written = json.loads(write_content(make_content(1, {}, {ANN: CLICK})))
        written["totals"]["period"]["humanClicks"] = 2
        text = json.dumps(written, sort_keys=True, separators=(",", ":"))

        assert find_problems(text, hash_content(text), None) == ["the totals are not those of the creators"]

    def test_what_is_no_statement_cannot_be_read(self) -> None:
        for text in ("", "[]", "{}"):
            assert find_problems(text, hash_content(text), None) == ["the content cannot be read"]


def test_a_handle_is_no_formula_in_the_table() -> None:
    content = make_content(1, {}, {})._replace(lines=[Line(ANN, "=1+1", {("uniqueClicks", ""): -1}, {}, {})])

    assert write_table(content).splitlines()[1].split(",")[1:] == ["'=1+1", "period", "repeatClicks", "", "1"]
