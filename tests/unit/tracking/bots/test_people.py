"""People are people: in the apps where creators post, in every browser of a package that follows the market, and
whatever an update of the list of crawlers brings."""

import json
from importlib.resources import files
from typing import Any

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from tests.people import BROWSERS, IN_APP, PEOPLE
from tracking.bots.crawlers import REFUSED_PATTERNS, CrawlerList
from tracking.bots.in_app import find_app
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS
from tracking.bots.verdicts import Reason, TrafficClass, Verdict


def read_fake_browsers() -> list[str]:
    lines = files("fake_useragent").joinpath("data/browsers.jsonl").read_text().splitlines()
    return sorted({json.loads(line)["useragent"] for line in lines})


def find_struck_people(crawlers: CrawlerList, people: list[str]) -> list[str]:
    return [user_agent for user_agent in people if crawlers.find_tags(user_agent) is not None]


@pytest.mark.feature("TR25", "R4")
class TestPeople:
    @pytest.mark.parametrize(("app", "user_agent"), IN_APP)
    def test_browsers_of_apps_are_people_in_the_app_they_name(self, app: str | None, user_agent: str) -> None:
        assert classify(ClickFacts(0, user_agent)) == (
            Verdict.HUMAN,
            TrafficClass.NONE,
            Reason.IN_APP_BROWSER,
            0,
            CURRENT_RULESET,
        )
        assert find_app(user_agent) == app

    @pytest.mark.parametrize("user_agent", BROWSERS)
    def test_browsers_are_people_without_a_word_against_them(self, user_agent: str) -> None:
        assert classify(ClickFacts(0, user_agent)) == (Verdict.HUMAN, TrafficClass.NONE, 0, 0, CURRENT_RULESET)
        assert find_app(user_agent) is None

    def test_browsers_of_the_market_are_people(self) -> None:
        browsers = read_fake_browsers()
        assert len(browsers) > 800
        assert [each for each in browsers if classify(ClickFacts(0, each)).verdict is not Verdict.HUMAN] == []

    @pytest.mark.parametrize("user_agent", [*PEOPLE])
    def test_declared_programs_alone_hit_nobody_either(self, user_agent: str) -> None:
        assert classify(ClickFacts(0, user_agent), RULESETS[1]) == (Verdict.HUMAN, TrafficClass.NONE, 0, 0, 1)


@pytest.mark.feature("TR25")
class TestUpdatesOfTheList:
    def test_no_pattern_of_the_installed_list_hits_a_person(self) -> None:
        assert find_struck_people(CrawlerList(CRAWLER_USER_AGENTS_DATA), [*PEOPLE, *read_fake_browsers()]) == []

    @pytest.mark.parametrize(
        ("pattern", "struck"),
        [
            ("Instagram", 4),
            (r"iPhone15,3", 4),
            ("CUBOT", 4),
            ("NoPersonIsCalledThis", 0),
        ],
    )
    def test_a_new_pattern_that_hits_people_is_found(self, pattern: str, struck: int) -> None:
        planted: list[dict[str, Any]] = [*CRAWLER_USER_AGENTS_DATA, {"pattern": pattern, "instances": []}]
        assert len(find_struck_people(CrawlerList(planted), PEOPLE)) == struck

    def test_what_is_refused_is_still_in_the_list(self) -> None:
        assert {entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA} >= REFUSED_PATTERNS

    def test_what_is_refused_would_hit_people(self) -> None:
        refused = [entry for entry in CRAWLER_USER_AGENTS_DATA if entry["pattern"] == "MetaIAB Facebook"]
        unfiltered = CrawlerList([{**refused[0], "pattern": "(?:MetaIAB Facebook)"}])
        assert len(find_struck_people(unfiltered, PEOPLE)) == 1

    def test_every_example_of_the_list_is_a_program_but_those_of_people(self) -> None:
        missed = {
            example
            for entry in CRAWLER_USER_AGENTS_DATA
            if entry["pattern"] not in REFUSED_PATTERNS
            for example in entry["instances"]
            if classify(ClickFacts(0, example)).verdict is not Verdict.BOT
        }
        assert missed == set()
