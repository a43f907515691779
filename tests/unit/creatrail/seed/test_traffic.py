"""The traffic of a demo is the same every time, and looks to the service like the traffic of a campaign."""

import datetime as dt
from collections import Counter
from itertools import chain
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from creatrail.seed.audience import Kind, list_clients
from creatrail.seed.traffic import HOURS, Audience, SeededLink, generate_days
from tracking.bots.policies.queries import NO_POLICIES
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.verdicts import TrafficClass, Verdict
from tracking.clicks.event import ClickEvent
from tracking.clicks.ids import lower_bound, read_click_ms
from tracking.clicks.prepare import prepare_click
from tracking.creators.models import Platform
from tracking.reports.scopes import COUNTERS

ENDS_AT = dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC)
BEGINS_AT = ENDS_AT - dt.timedelta(hours=HOURS)
AUDIENCE = Audience(account_id=5, zone=ZoneInfo("Europe/Berlin"), ends_at=ENDS_AT, seed=1)
LINKS = [
    SeededLink(10, 1, 7, Platform.INSTAGRAM, weight=1, first_hour=0, end_hour=HOURS),
    SeededLink(11, 1, 8, Platform.TIKTOK, weight=1 / 2, first_hour=0, end_hour=HOURS),
    SeededLink(12, None, None, Platform.NEWSLETTER, weight=1 / 3, first_hour=240, end_hour=480),
]
CLICKS = 5_000


@pytest.fixture(scope="module")
def events() -> list[ClickEvent]:
    return list(chain.from_iterable(generate_days(AUDIENCE, LINKS, CLICKS)))


class TestGenerate:
    def test_the_same_arguments_give_the_same_clicks(self, events: list[ClickEvent]) -> None:
        assert list(chain.from_iterable(generate_days(AUDIENCE, LINKS, CLICKS))) == events

    def test_another_seed_gives_other_clicks(self, events: list[ClickEvent]) -> None:
        other = chain.from_iterable(generate_days(AUDIENCE._replace(seed=2), LINKS, CLICKS))

        assert not {event.click_id for event in other} & {event.click_id for event in events}

    def test_ids_are_distinct_ordered_and_end_in_time(self, events: list[ClickEvent]) -> None:
        ids = [UUID(bytes=event.click_id) for event in events]

        assert len(set(ids)) == CLICKS
        assert ids == sorted(ids)
        assert lower_bound(BEGINS_AT) <= ids[0] < ids[-1] < lower_bound(ENDS_AT)
        assert {each.version for each in ids} == {7}

    def test_a_link_gets_clicks_only_while_it_lives(self, events: list[ClickEvent]) -> None:
        low, high = (lower_bound(BEGINS_AT + dt.timedelta(hours=hour)).bytes for hour in (240, 480))
        of_newsletter = [event.click_id for event in events if event.link_id == 12]

        assert low <= of_newsletter[0] < of_newsletter[-1] < high

    def test_links_get_their_share(self, events: list[ClickEvent]) -> None:
        counts = Counter(event.link_id for event in events)

        assert counts[10] / CLICKS == pytest.approx(6 / 11, abs=0.03)
        assert counts[11] / CLICKS == pytest.approx(3 / 11, abs=0.03)
        assert counts[12] / CLICKS == pytest.approx(2 / 11, abs=0.03)

    def test_a_post_is_a_burst(self, events: list[ClickEvent]) -> None:
        """Half of a link's clicks come in a tenth of its hours."""
        hours = Counter(read_click_ms(event.click_id) // 3_600_000 for event in events if event.link_id == 10)
        busiest = sorted(hours.values(), reverse=True)[: HOURS // 10]

        assert sum(busiest) > sum(hours.values()) / 2


class TestColumns:
    def test_every_column_of_the_report_gets_some_but_that_of_tests(self, events: list[ClickEvent]) -> None:
        prepared = [prepare_click(event, AUDIENCE.zone, None, NO_POLICIES) for event in events]
        seen = {COUNTERS[click.counter] for click in prepared}

        assert seen == {"human_clicks", "suspect_clicks", "bot_clicks", "preview_fetches", "prefetches"}

    def test_some_visitors_come_again(self, events: list[ClickEvent]) -> None:
        prepared = [prepare_click(event, AUDIENCE.zone, None, NO_POLICIES) for event in events]
        counted = [click.unique_key for click in prepared if click.is_counted]

        assert 0.10 < 1 - len(set(counted)) / len(counted) < 0.25


EXPECTED = {
    Kind.PERSON: (Verdict.HUMAN, {TrafficClass.NONE}),
    Kind.NAMELESS: (Verdict.SUSPECT, {TrafficClass.NONE}),
    Kind.PREFETCH: (Verdict.BOT, {TrafficClass.PREFETCH}),
    Kind.HEAD: (Verdict.BOT, {TrafficClass.INVALID}),
    Kind.HEADLESS: (Verdict.BOT, {TrafficClass.HEADLESS}),
    Kind.PREVIEW: (Verdict.BOT, {TrafficClass.PREVIEW}),
    Kind.CRAWLER: (Verdict.BOT, {TrafficClass.CRAWLER, TrafficClass.AI_AGENT, TrafficClass.LIBRARY}),
}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("platform", Platform)
def test_every_client_is_judged_as_what_it_plays(kind: Kind, platform: Platform) -> None:
    verdict, classes = EXPECTED[kind]
    for client in list_clients(kind, platform)[0]:
        judged = classify(ClickFacts(client.facts, client.user_agent.decode()))
        assert (judged.verdict, judged.traffic_class in classes) == (verdict, True), client
