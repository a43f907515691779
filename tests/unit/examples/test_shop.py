"""What the shop without scripts keeps of a click, and says of an order."""

import pytest

from examples.server.shop import keep_click, write_report

FIRST, SECOND = "A" * 34, "B" * 34


def name_cookies(set_cookies: list[str]) -> list[str]:
    return [header.partition(";")[0] for header in set_cookies]


def test_the_first_click_stays_and_the_latest_is_replaced() -> None:
    assert name_cookies(keep_click(f"size=42&ct={FIRST}", "", is_private=False)) == [
        f"creatrail_first={FIRST}",
        f"creatrail_latest={FIRST}",
    ]
    again = keep_click(f"ct={SECOND}", f"creatrail_first={FIRST}; creatrail_latest={FIRST}", is_private=False)
    assert name_cookies(again) == [f"creatrail_latest={SECOND}"]


@pytest.mark.parametrize("query", ["", "ct=", "ct=short", f"ct={FIRST}%0d%0aX:1", f"act={FIRST}"])
def test_what_is_no_click_id_is_not_kept(query: str) -> None:
    assert keep_click(query, "", is_private=False) == []


def test_who_asks_for_privacy_is_not_remembered() -> None:
    assert keep_click(f"ct={FIRST}", "", is_private=True) == []


def test_a_report_names_the_clicks_that_were_kept_and_nothing_else_of_the_buyer() -> None:
    cookies = f"session=secret; creatrail_first={FIRST}; creatrail_latest={SECOND}"

    assert write_report("1001", "59.90", "EUR", cookies) == {
        "event": "sale",
        "txn_id": "1001",
        "revenue": "59.90",
        "currency": "EUR",
        "click_id": SECOND,
        "first_click_id": FIRST,
    }
    assert write_report("1001", "59.90", "EUR", "creatrail_first=forged") == {
        "event": "sale",
        "txn_id": "1001",
        "revenue": "59.90",
        "currency": "EUR",
    }
