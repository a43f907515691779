"""Who clicked: a pure function of stored facts and the user agent, called by the redirector and by the worker.

The same facts under the same ruleset give the same verdict for ever, so that any click can be judged again.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from tracking.bots.crawlers import find_crawler_tags
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS, Ruleset
from tracking.bots.verdicts import Classification, Reason, TrafficClass, Verdict
from tracking.clicks.event import Fact

MAX_SCORE: Final = 32_767


class ClickFacts(NamedTuple):
    """All that is known of a click when it is judged, each of it stored: the same facts can be judged again."""

    facts: int  # bits of `tracking.clicks.event.Fact`
    user_agent: str
    is_from_hosting: bool = False
    has_cookie: bool = False
    evidence: int = 0  # bits of `verdicts.EVIDENCE`, and what a policy's lists say
    network: bytes | None = None  # as stored: the /24 or /48; only lists of policies ask for it and for the country
    country: str | None = None


class _Finding(NamedTuple):
    reason: Reason
    traffic_class: TrafficClass


# The order decides the class: a test stays a test, a prefetch a prefetch, whoever sent it.
_FACT_FINDINGS: Final = (
    (Fact.TEST, _Finding(Reason.TEST, TrafficClass.TEST)),
    (Fact.PREFETCH, _Finding(Reason.PREFETCH_HEADER, TrafficClass.PREFETCH)),
    (Fact.FROM_OR_SCANNER, _Finding(Reason.FROM_OR_SCANNER_HEADER, TrafficClass.SCANNER)),
    (Fact.CLIENT_HINTS_HEADLESS, _Finding(Reason.HEADLESS, TrafficClass.HEADLESS)),
    (Fact.CLIENT_HINTS_MISMATCH, _Finding(Reason.CLIENT_HINTS_MISMATCH, TrafficClass.NONE)),
    (Fact.USER_AGENT_MISSING, _Finding(Reason.USER_AGENT_MISSING, TrafficClass.NONE)),
    (Fact.CONFIRMATION_ASKED, _Finding(Reason.NOT_CONFIRMED, TrafficClass.NONE)),
)
_HEAD_FINDING: Final = _Finding(Reason.METHOD_HEAD, TrafficClass.INVALID)
_EVIDENCE_CLASSES: Final = {
    Reason.BURST_ON_MESSAGE: TrafficClass.SCANNER,
    Reason.BURST_ACROSS_CONTACTS: TrafficClass.SCANNER,
    Reason.BURST_ACROSS_CONTACTS_ALIKE: TrafficClass.SCANNER,
    Reason.HONEYPOT: TrafficClass.SCANNER,
    Reason.NEAR_HONEYPOT: TrafficClass.SCANNER,
    Reason.VELOCITY: TrafficClass.VELOCITY,
    Reason.MANY_CLICKS: TrafficClass.VELOCITY,
    Reason.VELOCITY_OF_NETWORK: TrafficClass.VELOCITY,
}
# What these say stands, whatever speaks for a person.
_UNFORGIVEN: Final = (
    Reason.METHOD_HEAD
    | Reason.PREFETCH_HEADER
    | Reason.PREVIEW_USER_AGENT
    | Reason.PREVIEW_IMESSAGE
    | Reason.HEADLESS
    | Reason.FROM_OR_SCANNER_HEADER
    | Reason.HONEYPOT
    | Reason.DENIED_BY_POLICY
    | Reason.TEST
)
# Proofs of a person forgive what is suspicious and what is not; other signs of one only what is suspicious.
_PROOFS: Final = Reason.CONFIRMED | Reason.CONVERSION

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


def classify(facts: ClickFacts, ruleset: Ruleset = RULESETS[CURRENT_RULESET]) -> Classification:
    """Who clicked, by the facts alone. A policy's lists come as evidence; what it counts is not asked here."""
    findings = [finding for fact, finding in _FACT_FINDINGS if facts.facts & fact]
    findings += _judge_user_agent(facts.user_agent)
    if facts.is_from_hosting:
        findings.append(_Finding(Reason.HOSTING_NETWORK, TrafficClass.NONE))
    if facts.evidence:
        findings += [
            _Finding(reason, _EVIDENCE_CLASSES.get(reason, TrafficClass.NONE))
            for reason in Reason
            if facts.evidence & reason
        ]
    if facts.has_cookie:
        findings.append(_Finding(Reason.RETURNING_COOKIE, TrafficClass.NONE))
    if facts.facts & Fact.HEAD:
        findings.append(_HEAD_FINDING)  # last: a preview by HEAD is still a preview
    return _weigh([finding for finding in findings if finding.reason in ruleset.weights], ruleset)


def _weigh(findings: list[_Finding], ruleset: Ruleset) -> Classification:
    reasons = Reason(0)
    for finding in findings:
        reasons |= finding.reason
    if reasons & Reason.CONFIRMED:
        findings = [finding for finding in findings if finding.reason is not Reason.NOT_CONFIRMED]
        reasons &= ~Reason.NOT_CONFIRMED
    points = {finding.reason: ruleset.weights[finding.reason] for finding in findings}
    unforgiven = sum(weight for reason, weight in points.items() if reason & _UNFORGIVEN)
    certain = sum(weight for reason, weight in points.items() if weight >= ruleset.bot_score) - unforgiven
    doubtful = sum(weight for weight in points.values() if weight > 0) - certain - unforgiven
    proofs = sum(weight for reason, weight in points.items() if reason & _PROOFS)
    signs = sum(weight for reason, weight in points.items() if weight < 0) - proofs
    if reasons & Reason.ALLOWED_BY_POLICY:
        certain = doubtful = 0
    score = max(max(doubtful + signs, 0) + certain + proofs, 0) + unforgiven
    if score >= ruleset.bot_score:
        verdict = Verdict.BOT
    else:
        verdict = Verdict.SUSPECT if score >= ruleset.suspect_score else Verdict.HUMAN
    is_program = verdict is not Verdict.HUMAN
    traffic_class = next(
        (each.traffic_class for each in findings if each.traffic_class and is_program), TrafficClass.NONE
    )
    return Classification(verdict, traffic_class, int(reasons), min(score, MAX_SCORE), ruleset.number)


@lru_cache(maxsize=8_192)
def _judge_user_agent(user_agent: str) -> tuple[_Finding, ...]:
    if _IMESSAGE_PREVIEW.search(user_agent):
        return (_Finding(Reason.PREVIEW_IMESSAGE, TrafficClass.PREVIEW),)
    if _PREVIEW.search(user_agent):
        return (_Finding(Reason.PREVIEW_USER_AGENT, TrafficClass.PREVIEW),)
    if _HEADLESS.search(user_agent):
        return (_Finding(Reason.HEADLESS, TrafficClass.HEADLESS),)
    tags = find_crawler_tags(user_agent)
    if tags is None:
        return ()
    listed_as = next((kind for tag, kind in _CLASS_OF_TAG if tag in tags), TrafficClass.CRAWLER)
    return (_Finding(Reason.KNOWN_CRAWLER, listed_as),)
