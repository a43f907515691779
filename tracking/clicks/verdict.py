"""Who clicked: a pure function of stored facts and the user agent, called by the redirector and by the worker.

The same facts under the same ruleset give the same verdict for ever, so that any click can be judged again.
"""

import re
from enum import IntEnum, IntFlag
from functools import lru_cache
from typing import Final, NamedTuple

from tracking.clicks.crawlers import find_crawler_tags
from tracking.clicks.event import Fact

RULESET: Final = 1

BOT_SCORE: Final = 100
SUSPECT_SCORE: Final = 50
MAX_SCORE: Final = 32_767


class Verdict(IntEnum):
    HUMAN = 0
    SUSPECT = 1
    BOT = 2


class TrafficClass(IntEnum):
    """What kind of traffic, from the strongest reason. PREFETCH, PREVIEW and TEST have report columns of their own."""

    NONE = 0
    PREFETCH = 1
    PREVIEW = 2
    CRAWLER = 3
    AI_AGENT = 4
    LIBRARY = 5
    MONITOR = 6
    HEADLESS = 7
    SCANNER = 8
    VELOCITY = 9
    INVALID = 10
    TEST = 11


class Reason(IntFlag):
    """Every reason that spoke, a bit each; the numbers are stored and never reused."""

    METHOD_HEAD = 1 << 1
    PREFETCH_HEADER = 1 << 2
    USER_AGENT_MISSING = 1 << 3
    KNOWN_CRAWLER = 1 << 8
    PREVIEW_USER_AGENT = 1 << 9
    PREVIEW_IMESSAGE = 1 << 10
    HEADLESS = 1 << 11
    CLIENT_HINTS_MISMATCH = 1 << 12
    FROM_OR_SCANNER_HEADER = 1 << 16
    TEST = 1 << 28


class Classification(NamedTuple):
    verdict: Verdict
    traffic_class: TrafficClass
    reasons: int
    score: int
    ruleset: int

    @property
    def is_answered_plainly(self) -> bool:
        """Gets neither click id nor cookie: HEAD, prefetches, previews and everything that says it is a program."""
        return self.verdict is Verdict.BOT


class _Finding(NamedTuple):
    reason: Reason
    traffic_class: TrafficClass
    points: int


_FACT_FINDINGS: Final = (
    # the order decides the class: a test stays a test, a prefetch a prefetch, whoever sent it
    (Fact.TEST, _Finding(Reason.TEST, TrafficClass.TEST, BOT_SCORE)),
    (Fact.PREFETCH, _Finding(Reason.PREFETCH_HEADER, TrafficClass.PREFETCH, BOT_SCORE)),
    (Fact.FROM_OR_SCANNER, _Finding(Reason.FROM_OR_SCANNER_HEADER, TrafficClass.SCANNER, BOT_SCORE)),
    (Fact.CLIENT_HINTS_HEADLESS, _Finding(Reason.HEADLESS, TrafficClass.HEADLESS, BOT_SCORE)),
    (Fact.CLIENT_HINTS_MISMATCH, _Finding(Reason.CLIENT_HINTS_MISMATCH, TrafficClass.NONE, 50)),
    (Fact.USER_AGENT_MISSING, _Finding(Reason.USER_AGENT_MISSING, TrafficClass.NONE, 60)),
)
_HEAD_FINDING: Final = _Finding(Reason.METHOD_HEAD, TrafficClass.INVALID, BOT_SCORE)

# A person's device that previews for the sender, with the names of three servers at the end of Safari's (bots.md #9).
_IMESSAGE_PREVIEW = re.compile(r"Safari/601\.2\.4 facebookexternalhit/1\.1 Facebot Twitterbot/1\.0$")
_PREVIEW = re.compile(
    r"Slackbot-LinkExpanding|Slack-ImgProxy|Discordbot|TelegramBot|Twitterbot|LinkedInBot|facebookexternalhit"
    r"|meta-externalfetcher|Pinterestbot|redditbot|SkypeUriPreview|MicrosoftPreview|Snap URL Preview|Bluesky Cardyb"
    r"|^Viber|kakaotalk-scrap|Google-PageRenderer|Iframely|Embedly|^WhatsApp/|KeybaseBot",
    re.IGNORECASE,
)
_HEADLESS = re.compile(r"HeadlessChrome|HeadlessEdg|PhantomJS|SlimerJS", re.IGNORECASE)
_CLASS_OF_TAG: Final = (
    ("social-preview", TrafficClass.PREVIEW),
    ("browser-automation", TrafficClass.HEADLESS),
    ("scanner", TrafficClass.SCANNER),
    ("ai-crawler", TrafficClass.AI_AGENT),
    ("monitoring", TrafficClass.MONITOR),
    ("http-library", TrafficClass.LIBRARY),
)


def classify(facts: int, user_agent: str) -> Classification:
    findings = [finding for fact, finding in _FACT_FINDINGS if facts & fact]
    findings += _judge_user_agent(user_agent)
    if facts & Fact.HEAD:
        findings.append(_HEAD_FINDING)  # last: a preview by HEAD is still a preview
    score = reasons = 0
    traffic_class = TrafficClass.NONE
    for finding in findings:
        score += finding.points
        reasons |= finding.reason
        traffic_class = traffic_class or finding.traffic_class
    verdict = Verdict.BOT if score >= BOT_SCORE else Verdict.SUSPECT if score >= SUSPECT_SCORE else Verdict.HUMAN
    return Classification(verdict, traffic_class, reasons, min(score, MAX_SCORE), RULESET)


@lru_cache(maxsize=8_192)
def _judge_user_agent(user_agent: str) -> tuple[_Finding, ...]:
    if _IMESSAGE_PREVIEW.search(user_agent):
        return (_Finding(Reason.PREVIEW_IMESSAGE, TrafficClass.PREVIEW, BOT_SCORE),)
    if _PREVIEW.search(user_agent):
        return (_Finding(Reason.PREVIEW_USER_AGENT, TrafficClass.PREVIEW, BOT_SCORE),)
    if _HEADLESS.search(user_agent):
        return (_Finding(Reason.HEADLESS, TrafficClass.HEADLESS, BOT_SCORE),)
    tags = find_crawler_tags(user_agent)
    if tags is None:
        return ()
    listed_as = next((kind for tag, kind in _CLASS_OF_TAG if tag in tags), TrafficClass.CRAWLER)
    return (_Finding(Reason.KNOWN_CRAWLER, listed_as, BOT_SCORE),)
