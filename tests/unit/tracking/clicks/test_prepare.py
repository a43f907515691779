"""From event to row: a pure function, and the last place where nonsense can be told from a click."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.clicking import BOT, DAY_MS, make_event
from tracking.bots.policies.queries import NO_POLICIES
from tracking.clicks.event import ClickEvent, Fact
from tracking.clicks.prepare import (
    CLICK_COLUMNS,
    FOR_EVER,
    LINK_DAY,
    MESSAGE_CONTACT,
    InvalidClickError,
    PreparedClick,
    prepare_click,
)
from tracking.reports.scopes import COUNTERS

NOON_MS = int(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC).timestamp() * 1000)
UTC = ZoneInfo("UTC")


def prepare(**changes: Any) -> PreparedClick:
    return prepare_click(make_event(1, at_ms=NOON_MS, **changes), UTC, None, NO_POLICIES)


def column(click: PreparedClick, name: str) -> object:
    return click.record[CLICK_COLUMNS.index(name)]


class TestColumns:
    @pytest.mark.feature("R3")
    def test_the_time_of_a_click_is_the_time_in_its_id(self) -> None:
        assert column(prepare(), "occurred_at") == dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)

    @pytest.mark.feature("R10")
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.77", bytes([203, 0, 113])),
            ("::ffff:203.0.113.77", bytes([203, 0, 113])),
            ("2001:db8:1:2::3", bytes.fromhex("20010db80001")),
            ("'; drop", None),
            ("", None),
        ],
    )
    def test_only_the_network_of_an_address_is_kept(self, address: str, network: bytes | None) -> None:
        assert column(prepare(client_ip=address), "network") == network

    @pytest.mark.parametrize(
        ("referrer", "host"),
        [
            (b"https://WWW.Instagram.com/p/1?x=2", "www.instagram.com"),
            (b"android-app://com.linkedin.android/", "com.linkedin.android"),
            (b"http://[broken", None),
            (b"\xff\xfe", None),
            (b"", None),
        ],
    )
    def test_only_the_host_of_a_referrer_is_kept(self, referrer: bytes, host: str | None) -> None:
        assert column(prepare(referrer=referrer), "referrer_host") == host

    def test_preparing_twice_gives_the_same(self) -> None:
        event = make_event(1, at_ms=NOON_MS)

        assert prepare_click(event, UTC, 5, NO_POLICIES) == prepare_click(event, UTC, 5, NO_POLICIES)


@pytest.mark.feature("R4")
class TestCounting:
    @pytest.mark.parametrize(
        ("changes", "counter", "is_counted"),
        [
            ({}, "human_clicks", True),
            ({"user_agent": b"", "facts": Fact.USER_AGENT_MISSING}, "suspect_clicks", True),
            ({"user_agent": BOT}, "bot_clicks", False),
            ({"facts": Fact.PREFETCH}, "prefetches", False),
            ({"user_agent": b"Slackbot-LinkExpanding 1.0"}, "preview_fetches", False),
            ({"facts": Fact.TEST}, "test_clicks", False),
        ],
    )
    def test_each_click_is_in_one_column(self, changes: dict[str, Any], counter: str, is_counted: bool) -> None:
        click = prepare(**changes)

        assert (COUNTERS[click.counter], click.is_counted) == (counter, is_counted)

    def test_on_a_contact_bound_link_only_people_count(self) -> None:
        click = prepare(user_agent=b"", facts=Fact.USER_AGENT_MISSING, contact_id=4, message_id=9)

        assert (COUNTERS[click.counter], click.is_counted) == ("suspect_clicks", False)


@pytest.mark.feature("R5")
class TestUniqueKey:
    def test_a_visitor_is_unique_for_a_day_on_a_link(self) -> None:
        click = prepare(visitor=5)

        assert click.unique_key == (dt.date(2026, 11, 20), LINK_DAY, 7, (5).to_bytes(16, "big"))

    def test_a_contact_is_unique_for_ever_on_a_message(self) -> None:
        click = prepare(visitor=5, contact_id=4, message_id=9)

        assert click.unique_key == (FOR_EVER, MESSAGE_CONTACT, 9, (5).to_bytes(16, "big"))

    def test_clicks_on_links_of_recipients_count_on_no_link(self) -> None:
        assert prepare(contact_id=4, message_id=9).delta_key[:2] == (1, None)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (make_event(1, click_id=b"short"), "invalid_click_id"),
        (make_event(1, click_id=bytes(16)), "invalid_click_id"),
        (make_event(1, at_ms=5), "invalid_click_id"),
        (make_event(1, visitor_key=b"short"), "invalid_visitor_key"),
        (make_event(1, visitor_day=0), "invalid_visitor_day"),
        (make_event(1, at_ms=NOON_MS, visitor_day=NOON_MS // DAY_MS + 2), "invalid_visitor_day"),
    ],
)
def test_what_cannot_be_a_click_is_refused(event: ClickEvent, reason: str) -> None:
    with pytest.raises(InvalidClickError) as refused:
        prepare_click(event, UTC, None, NO_POLICIES)

    assert refused.value.reason == reason
