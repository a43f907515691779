"""Every figure that the graph reports of a seeded account, counted again from what the account exported (R12)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest

from tests.recount.books import open_books, read_rows, write_csv
from tests.recount.conftest import Kept
from tests.recount.figures import Question, Span, Subject, count, count_payouts, start_figures, widen
from tests.recount.reports import read_report

pytestmark = pytest.mark.feature("R12", "LO10", "LO16", "IM21")

DATINGS: Final = ("CONVERSION_TIME", "CLICK_TIME")


async def find_difference(kept: Kept, subject: Subject, question: Question) -> dict[str, Any]:
    """Reported and counted figures that are not equal, by grain and bucket."""
    reported = await read_report(kept.ask, subject, question, kept.zone)
    different = {}
    for grain, points in reported.items():
        counted = count(kept.books, subject, question.span, question.dating, grain)
        for bucket in points.keys() | counted.keys():
            pair = points.get(bucket), counted.get(bucket) or start_figures()
            if pair[0] != pair[1]:
                different[f"{grain} {bucket}"] = pair
    return different


@pytest.mark.parametrize("dating", DATINGS)
class TestWhatIsReportedIsInTheFiles:
    async def test_of_all_time(self, kept: Kept, dating: str) -> None:
        question = Question({"preset": "LIFETIME"}, Span(), dating)
        for subject in kept.subjects:
            assert await find_difference(kept, subject, question) == {}, subject

    async def test_day_by_day(self, kept: Kept, dating: str) -> None:
        question = ask_of_days(kept, dating, "DAY")
        for subject in kept.subjects:
            assert await find_difference(kept, subject, question) == {}, subject

    async def test_week_by_week_and_month_by_month(self, kept: Kept, dating: str) -> None:
        question = ask_of_days(kept, dating, "WEEK", "MONTH")
        for subject in pick_few(kept):
            assert await find_difference(kept, subject, question) == {}, subject

    async def test_hour_by_hour_between_two_moments(self, kept: Kept, dating: str) -> None:
        question = ask_of_moments(kept, dating)
        for subject in pick_few(kept):
            assert await find_difference(kept, subject, question) == {}, subject


async def test_payouts_of_a_period_are_those_of_the_ledger(kept: Kept) -> None:
    first, last = find_days(kept)
    days = {"from": (dt.date.fromisoformat(first) + dt.timedelta(days=20)).isoformat(), "to": last}

    rows = read_rows(await kept.fetch(kind="PAYOUTS", format="JSON_LINES", parameters={"range": {"days": days}}))

    names = ("opening", "earned", "reversed", "closing")
    paid = {(row["creator"], row["currency"]): tuple(Decimal(row[name]) for name in names) for row in rows}
    assert paid == count_payouts(kept.books, days["from"], days["to"])
    assert any(earned > 0 for _, earned, _, _ in paid.values())  # else nothing was compared


class TestTheCheckItself:
    """One row of one file is not what it was."""

    @pytest.mark.parametrize(
        "change",
        [
            {"is_unique": "false"},
            {"verdict": "BOT"},
            {"traffic_class": "PREVIEW"},
            {"visitor_method": "COOKIE"},
            {"occurred_at": "2020-01-01T12:00:00.000000+01:00"},
        ],
        ids=str,
    )
    async def test_a_changed_click_is_found(self, kept: Kept, change: dict[str, str]) -> None:
        rows = read_rows(kept.clicks)
        index = next(index for index, row in enumerate(rows) if row["is_unique"] == "true")
        rows[index] |= change

        assert await compare_account(kept, write_csv(rows), kept.conversions) != {}

    async def test_a_click_that_is_missing_or_there_twice_is_found(self, kept: Kept) -> None:
        rows = read_rows(kept.clicks)

        for changed in (rows[1:], [*rows, rows[0]]):
            assert await compare_account(kept, write_csv(changed), kept.conversions) != {}

    @pytest.mark.parametrize(
        "change",
        [
            {"status": "HELD"},
            {"value": "0.01"},
            {"currency": "NOK"},
            {"payout": "0.01", "payout_currency": "EUR"},
            {"is_counted": "false"},
            {"click_id": ""},
        ],
        ids=str,
    )
    async def test_a_changed_conversion_is_found(self, kept: Kept, change: dict[str, str]) -> None:
        rows = read_rows(kept.conversions)
        wanted = ("APPROVED", "true", "SALE")
        place = ((row["status"], row["is_counted"], row["kind"]) == wanted and bool(row["click_id"]) for row in rows)
        rows[list(place).index(True)] |= change

        assert await compare_account(kept, kept.clicks, write_csv(rows)) != {}

    async def test_untouched_files_are_equal_in_either_format(self, kept: Kept) -> None:
        clicks, conversions = [await kept.fetch(kind=kind, format="JSON_LINES") for kind in ("CLICKS", "CONVERSIONS")]

        assert await compare_account(kept, write_csv(read_rows(kept.clicks)), kept.conversions) == {}
        assert await compare_account(kept, clicks, conversions) == {}


async def compare_account(kept: Kept, clicks: bytes, conversions: bytes) -> dict[str, Any]:
    changed = replace(kept, books=open_books(clicks, conversions))
    return await find_difference(changed, kept.subjects[0], ask_of_days(kept, "CONVERSION_TIME", "DAY"))


async def test_there_is_something_to_count(kept: Kept) -> None:
    """Of every type, by clicks and by what they were worth, in two currencies, refunds and all."""
    found: dict[str, dict[str, bool]] = {subject.type_name: {} for subject in kept.subjects}
    for subject in kept.subjects:
        figures = count(kept.books, subject, Span(), "CONVERSION_TIME", "TOTAL").get("") or start_figures()
        found[subject.type_name] |= {name: True for name, value in figures.items() if value}
        if subject.type_name == "Account":
            assert [name for name, value in figures.items() if not value] == ["testClicks"]
            assert [each["currency"] for each in figures["grossValue"]] == ["CHF", "EUR"]
    assert {name for name, figures in found.items() if not {"uniqueClicks", "conversions"} <= figures.keys()} == set()
    types = "Account Campaign CampaignCreator Contact Creator Link Message Offer Tag User"
    assert sorted(found) == types.split()


def find_days(kept: Kept) -> tuple[str, str]:
    """The first and the last with a click."""
    first, last = kept.books.execute("SELECT min(day), max(day) FROM clicks").fetchone()
    return first, last


def ask_of_days(kept: Kept, dating: str, *grains: str) -> Question:
    """All of them."""
    first, last = find_days(kept)
    return Question({"days": {"from": first, "to": last}}, Span(days=(first, last)), dating, grains)


def ask_of_moments(kept: Kept, dating: str) -> Question:
    """Nine days, hour by hour, that begin and end in the midst of one."""
    end_at = dt.datetime.fromisoformat(find_days(kept)[1]).replace(tzinfo=kept.zone, hour=7, minute=40)
    start_at = end_at - dt.timedelta(days=9, hours=3, minutes=5)
    moments = {"from": start_at.isoformat(), "to": end_at.isoformat()}
    return Question({"instants": moments}, widen(start_at, end_at), dating, ("HOUR",))


def pick_few(kept: Kept) -> list[Subject]:
    """All but those of which there are many."""
    return [subject for subject in kept.subjects if subject.type_name not in {"Link", "CampaignCreator", "Contact"}]
