"""Programs by what they call themselves: their kind, and every reason that spoke."""

import pytest

from tracking.bots.phones import drop_phone
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS
from tracking.bots.structure import Structure, read_structure
from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.bots.words import read_words

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"

PREVIEWS = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "meta-externalfetcher/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)",
    "Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; MicrosoftPreview/2.0) Chrome/W.X.Y.Z Safari/537.36",
    f"{IPHONE} Mobile/15E148 (compatible; Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Bluesky Cardyb/1.1; +mailto:a@b.app) Chrome/100.0",
    "Viber/24.9.0.0",
    "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Google-PageRenderer Google (+https://developers.google.com)",
    "Iframely/1.3.1 (+https://iframely.com/docs/about)",
    "Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
    f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1 thirdLandingPageFeInfra",
    "WhatsApp/2.23.20.0",
    "WhatsApp/2",
    "Keybase 6.2.4",
    "Mattermost-Bot/1.1",
    "Synapse (bot; +https://github.com/matrix-org/synapse)",
]
PROGRAMS = [
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", TrafficClass.CRAWLER),
    ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)", TrafficClass.AI_AGENT),
    ("curl/8.5.0", TrafficClass.LIBRARY),
    ("python-requests/2.32.3", TrafficClass.LIBRARY),
    ("SomethingNobodyListed/1.0", TrafficClass.LIBRARY),
    ("Mozilla/5.0 (compatible; Unlisted/2.1)", TrafficClass.LIBRARY),
    ("Mozilla/5.0", TrafficClass.INVALID),
    ("User-Agent: Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", TrafficClass.INVALID),
    (CHROME.replace("Chrome/", "HeadlessChrome/"), TrafficClass.HEADLESS),
    (f"{CHROME} Puppeteer", TrafficClass.HEADLESS),
    (f"{CHROME} PTST/240", TrafficClass.MONITOR),
    (f"{CHROME} Unlisted-User/1.0", TrafficClass.AI_AGENT),
    (f"{CHROME} Unlisted Agent", TrafficClass.MONITOR),
    ("Mozilla/5.0 AppleWebKit/999.0 (KHTML, like Gecko) Chrome/99.0 Safari/999.0", TrafficClass.LIBRARY),
    ("Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) Safari/538.1", TrafficClass.LIBRARY),
    ("nscurl/3870.100.1 CFNetwork/3870.100.1 Darwin/26.0.0", TrafficClass.LIBRARY),
    (f"{CHROME} UnlistedScanner/1.0", TrafficClass.SCANNER),
    (f"{CHROME} (+https://unlisted.example/about)", TrafficClass.CRAWLER),
    (f"{CHROME} (ops@unlisted.example)", TrafficClass.CRAWLER),
    (f"{CHROME} unlisted.com", TrafficClass.CRAWLER),
    (f"{IPHONE} Mobile/15E148 Instagram 300.0 (iPhone15,2) (compatible; Unlistedbot/1.0)", TrafficClass.CRAWLER),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8; UnlistedBot/1.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0",
        TrafficClass.CRAWLER,
    ),
]
NATIVE_APPS = [
    "Outlook-iOS/719.3750190.prod.iphone (4.23.0)",
    "Shop/412 CFNetwork/1568.300.101 Darwin/24.2.0",
    "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A.240105.004)",
    "Shop/5.1 (iPhone; iOS 17.4; Scale/3.00)",
    "Shop/5.1 (nl.shop.app; build:412; iOS 17.4.0) Alamofire/5.9.1",
    "Instagram 128.0.0.19.119 (iPhone12,3; iOS 13_3_1; en_US; en-US; scale=3.00; 1125x2436; 197357527)",
    "Mozilla/5.0 (Linux; Android 13; SM-A536B)",
    "[FBAN/FB4A;FBAV/534.0.0.55.74;FBDV/SM-A536B;FBSV/13;]",
    "org.example.reader/4.1",
]


@pytest.mark.feature("TR25", "R4")
class TestPrograms:
    @pytest.mark.parametrize("user_agent", PREVIEWS)
    def test_previews_are_previews_under_both_rulesets(self, user_agent: str) -> None:
        for ruleset in RULESETS.values():
            judged = classify(ClickFacts(0, user_agent), ruleset)
            assert judged[:2] == (Verdict.BOT, TrafficClass.PREVIEW)
            assert judged.reasons & Reason.PREVIEW_USER_AGENT
            assert judged.score == 100

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
        assert decision.is_answered_plainly

    def test_all_that_a_user_agent_gives_away_is_kept_and_weighs_once(self) -> None:
        decision = classify(ClickFacts(0, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"))
        assert decision.reasons == (
            Reason.KNOWN_CRAWLER | Reason.USER_AGENT_BOT_WORD | Reason.USER_AGENT_LINK | Reason.USER_AGENT_NOT_BROWSER
        )
        assert decision.score == 100

    @pytest.mark.parametrize("user_agent", NATIVE_APPS)
    def test_apps_without_a_browser_are_suspect_and_get_a_click_id(self, user_agent: str) -> None:
        decision = classify(ClickFacts(0, user_agent))
        assert not decision.is_answered_plainly
        assert decision == (Verdict.SUSPECT, TrafficClass.NONE, Reason.NATIVE_APP, 60, CURRENT_RULESET)

    @pytest.mark.parametrize("user_agent", ["SomethingNobodyListed/1.0", f"{CHROME} UnlistedScanner/1.0", *NATIVE_APPS])
    def test_the_first_ruleset_believes_only_what_is_declared(self, user_agent: str) -> None:
        assert classify(ClickFacts(0, user_agent), RULESETS[1])[:2] == (Verdict.HUMAN, TrafficClass.NONE)


class TestPhones:
    @pytest.mark.parametrize(
        ("user_agent", "left"),
        [
            ("(Linux; Android 9; CUBOT_X19 Build/PPR1; wv) AppleWebKit/5", "(Linux; Android 9;; wv) AppleWebKit/5"),
            ("(Linux; U; Android 4.2.2; it-it; XBot X6 Build/JDQ39) AppleWebKit/5", "(Linux; U; Android 4.2.2; it-it;"),
            (
                "(Linux; Android 14; Pixel 8; FooBot/1.0) AppleWebKit/5",
                "(Linux; Android 14;; FooBot/1.0) AppleWebKit/5",
            ),
            ("Mobile [FBAN/FBIOS;FBCR/Spider;FBDV/x] more", "Mobile  more"),
        ],
    )
    def test_the_phone_goes_and_the_rest_stays(self, user_agent: str, left: str) -> None:
        assert drop_phone(user_agent).startswith(left)

    @pytest.mark.parametrize(
        ("text", "is_page"),
        [
            ("see https://a.example", True),
            ("(mail at wise-guys dot nl)", True),
            ("(Rival IQ, rivaliq.com)", True),
            (".NET CLR 3.5.30729", False),
            ("com.example.app/5", False),
            ("(Ecosia ios@3.0.1.533)", False),
        ],
    )
    def test_pages_and_addresses_are_told_from_versions_and_ids(self, text: str, *, is_page: bool) -> None:
        assert read_words(text).names_page is is_page


class TestStructure:
    @pytest.mark.parametrize(
        ("user_agent", "structure"),
        [
            (CHROME, Structure.BROWSER),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", Structure.NOT_A_BROWSER),
            ("Mozilla/5.0 Gecko/1", Structure.NOT_A_BROWSER),
            ("Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)", Structure.BROWSER),
            ("Mozilla/5.0 (compatible; Elsewhere/9.0; Gecko/2010)", Structure.NOT_A_BROWSER),
            (f"{CHROME} (compatible; Elsewhere)", Structure.MALFORMED),
            ("Mozilla/5.0 ${jndi:ldap://x}", Structure.MALFORMED),
            ("SAMSUNG-SGH-E250/1.0 Profile/MIDP-2.0 Configuration/CLDC-1.1 UP.Browser/6.2.3", Structure.BROWSER),
            ("SAMSUNG", Structure.NOT_A_BROWSER),
        ],
    )
    def test_browsers_are_told_by_how_they_write(self, user_agent: str, structure: Structure) -> None:
        assert read_structure(user_agent) is structure
