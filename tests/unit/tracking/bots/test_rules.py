"""Verdicts: which requests are people, and that people in the apps where creators post are never taken for programs."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import given
from hypothesis import strategies as st

from tracking.bots.crawlers import _REFUSED_PATTERNS
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.rulesets import CURRENT_RULESET
from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.event import Fact

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

PEOPLE = [
    CHROME,
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1",
    f"{IPHONE} Mobile/15E148 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5; en_US; en; scale=3.00; 1170x2532; 6077)",
    f"{ANDROID} Version/4.0 Chrome/142.0.7444.142 Mobile Safari/537.36 Instagram 406.0.0.58.159 Android (35/15; OPPO)",
    f"{ANDROID} Version/4.0 Chrome/146.0.7680.174 Mobile Safari/537.36 MetaIAB Facebook",
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/471.0.0.35.106;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5]",
    f"{ANDROID} Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36 musical_ly_2023501030 JsSdk/1.0 Channel/googleplay",
    f"{IPHONE} Mobile/15E148 Snapchat/12.93.0.40 (like Safari/8618.2.12.10.9, panda)",
    f"{IPHONE} Mobile/15E148 [Pinterest/iOS]",
    f"{IPHONE} Mobile/15E148 Barcelona 340.0.0.31.109 (iPhone14,5; iOS 17_5)",
    f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1 Twitter for iPhone/10.48",
    f"{IPHONE} Mobile/15E148 LinkedInApp/9.30",
    f"{IPHONE} WAiOS/2.25",
    "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile",
]
PREVIEWS = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Google-PageRenderer Google (+https://developers.google.com)",
]
PROGRAMS = [
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", TrafficClass.CRAWLER),
    ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)", TrafficClass.AI_AGENT),
    ("curl/8.5.0", TrafficClass.LIBRARY),
    ("python-requests/2.32.3", TrafficClass.LIBRARY),
    (CHROME.replace("Chrome/", "HeadlessChrome/"), TrafficClass.HEADLESS),
]


class TestUserAgents:
    @pytest.mark.parametrize("user_agent", PEOPLE)
    def test_people_are_human_whatever_app_they_browse_in(self, user_agent: str) -> None:
        assert classify(ClickFacts(0, user_agent)) == (Verdict.HUMAN, TrafficClass.NONE, 0, 0, CURRENT_RULESET)

    @pytest.mark.parametrize("user_agent", PREVIEWS)
    def test_previews_are_previews(self, user_agent: str) -> None:
        assert classify(ClickFacts(0, user_agent)) == (
            Verdict.BOT,
            TrafficClass.PREVIEW,
            Reason.PREVIEW_USER_AGENT,
            100,
            CURRENT_RULESET,
        )

    def test_a_preview_by_imessage_is_told_from_the_servers_that_it_names(self) -> None:
        user_agent = (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1"
            " Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
        )
        decision = classify(ClickFacts(0, user_agent))
        assert (decision.traffic_class, decision.reasons) == (TrafficClass.PREVIEW, Reason.PREVIEW_IMESSAGE)

    @pytest.mark.parametrize(("user_agent", "kind"), PROGRAMS)
    def test_programs_are_bots_of_their_kind(self, user_agent: str, kind: TrafficClass) -> None:
        decision = classify(ClickFacts(0, user_agent))
        assert (decision.verdict, decision.traffic_class, decision.score) == (Verdict.BOT, kind, 100)

    def test_every_example_of_the_list_is_a_bot_but_those_of_refused_patterns(self) -> None:
        missed = {
            example
            for entry in CRAWLER_USER_AGENTS_DATA
            if entry["pattern"] not in _REFUSED_PATTERNS
            for example in entry["instances"]
            if classify(ClickFacts(0, example)).verdict is not Verdict.BOT
        }
        assert missed == {"WhatsApp"}

    def test_refused_patterns_are_still_in_the_list(self) -> None:
        assert {entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA} >= _REFUSED_PATTERNS


class TestFacts:
    @pytest.mark.parametrize(
        ("fact", "verdict", "kind", "reason"),
        [
            (Fact.HEAD, Verdict.BOT, TrafficClass.INVALID, Reason.METHOD_HEAD),
            (Fact.PREFETCH, Verdict.BOT, TrafficClass.PREFETCH, Reason.PREFETCH_HEADER),
            (Fact.TEST, Verdict.BOT, TrafficClass.TEST, Reason.TEST),
            (Fact.FROM_OR_SCANNER, Verdict.BOT, TrafficClass.SCANNER, Reason.FROM_OR_SCANNER_HEADER),
            (Fact.CLIENT_HINTS_HEADLESS, Verdict.BOT, TrafficClass.HEADLESS, Reason.HEADLESS),
            (Fact.CLIENT_HINTS_MISMATCH, Verdict.SUSPECT, TrafficClass.NONE, Reason.CLIENT_HINTS_MISMATCH),
            (Fact.USER_AGENT_MISSING, Verdict.SUSPECT, TrafficClass.NONE, Reason.USER_AGENT_MISSING),
            (Fact.ACCEPT_HTML, Verdict.HUMAN, TrafficClass.NONE, Reason(0)),
        ],
    )
    def test_each_fact_speaks(self, fact: Fact, verdict: Verdict, kind: TrafficClass, reason: Reason) -> None:
        assert classify(ClickFacts(fact, CHROME))[:3] == (verdict, kind, reason)

    def test_the_strongest_reason_gives_the_class_and_all_are_kept(self) -> None:
        decision = classify(ClickFacts(Fact.PREFETCH | Fact.HEAD, "Twitterbot/1.0"))
        assert decision.traffic_class is TrafficClass.PREFETCH
        assert decision.reasons == Reason.PREFETCH_HEADER | Reason.PREVIEW_USER_AGENT | Reason.METHOD_HEAD
        assert decision.score == 300

    @given(st.integers(0, 2**18 - 1), st.text(max_size=80))
    def test_every_request_gets_the_same_verdict_again(self, facts: int, user_agent: str) -> None:
        decision = classify(ClickFacts(facts, user_agent))
        assert decision == classify(ClickFacts(facts, user_agent))
        assert decision.is_answered_plainly == (decision.verdict is Verdict.BOT)
