"""Who clicked: a pure function of stored facts and the user agent, called by the redirector and by the worker.

The same facts under the same ruleset give the same verdict for ever, so that any click can be judged again.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from tracking.bots.headers import find_in_headers, find_kind_of_request
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS, Ruleset
from tracking.bots.user_agents import judge_user_agent
from tracking.bots.verdicts import Classification, Finding, Reason, TrafficClass, Verdict
from tracking.clicks.event import Fact

MAX_SCORE: Final = 32_767
_CACHE_SIZE: Final = 8_192


class ClickFacts(NamedTuple):
    """All that is known of a click when it is judged, each of it stored: the same facts can be judged again."""

    facts: int  # bits of `tracking.clicks.event.Fact`
    user_agent: str
    is_from_hosting: bool = False
    has_cookie: bool = False
    evidence: int = 0  # bits of `verdicts.EVIDENCE`, and what a policy's lists say
    network: bytes | None = None  # as stored: the /24 or /48; only lists of policies ask for it and for the country
    country: str | None = None


# Looked up once, as members of enums are slow to look up.
_HUMAN, _SUSPECT, _BOT = Verdict
_NO_CLASS: Final = TrafficClass.NONE
_HEAD_FINDING: Final = Finding(Reason.METHOD_HEAD, TrafficClass.INVALID)
_HOSTING_FINDING: Final = Finding(Reason.HOSTING_NETWORK)
_COOKIE_FINDING: Final = Finding(Reason.RETURNING_COOKIE)
_NOT_CONFIRMED_FINDING: Final = Finding(Reason.NOT_CONFIRMED)
_HEAD: Final = int(Fact.HEAD)
_CONFIRMATION_ASKED: Final = int(Fact.CONFIRMATION_ASKED)
_CONFIRMED: Final = int(Reason.CONFIRMED)
_NOT_CONFIRMED: Final = int(Reason.NOT_CONFIRMED)
_ALLOWED: Final = int(Reason.ALLOWED_BY_POLICY)
_IN_APP: Final = int(Reason.IN_APP_BROWSER)
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
_UNFORGIVEN: Final = int(
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
_PROOFS: Final = int(Reason.CONFIRMED | Reason.CONVERSION)
_INSTEAD_OF_CONFIRMING: Final = _PROOFS | int(Reason.ALLOWED_BY_POLICY)
# What its browser would have sent otherwise. Proxies, extensions and settings do that as well: all of it together makes
# nobody a bot, without something else beside it.
_OF_HEADERS: Final = int(
    Reason.NO_ACCEPT_LANGUAGE
    | Reason.ODD_ACCEPT
    | Reason.NO_FETCH_METADATA
    | Reason.CLIENT_HINTS_MISMATCH
    | Reason.NOT_A_NAVIGATION
)
# One user agent is one thing to hold against its sender, in however many ways it gives itself away.
_OF_USER_AGENT: Final = int(
    Reason.USER_AGENT_NOT_BROWSER
    | Reason.USER_AGENT_MALFORMED
    | Reason.USER_AGENT_LINK
    | Reason.USER_AGENT_BOT_WORD
    | Reason.KNOWN_CRAWLER
    | Reason.PREVIEW_USER_AGENT
    | Reason.PREVIEW_IMESSAGE
    | Reason.HEADLESS
    | Reason.NATIVE_APP
)


def classify(facts: ClickFacts, ruleset: Ruleset = RULESETS[CURRENT_RULESET]) -> Classification:
    """Who clicked, by the facts alone. A policy's lists come as evidence; what it counts is not asked here."""
    is_request_alone = not (facts.evidence or facts.is_from_hosting or facts.has_cookie)
    if is_request_alone and RULESETS.get(ruleset.number) is ruleset:
        return classify_request(facts.facts, facts.user_agent, ruleset.number)
    return _classify(facts, ruleset)


@lru_cache(maxsize=_CACHE_SIZE)
def classify_request(facts: int, user_agent: str, ruleset: int) -> Classification:
    """What most clicks are: a request like others before it, of which nothing else is known."""
    return _classify(ClickFacts(facts, user_agent), RULESETS[ruleset])


def _classify(facts: ClickFacts, ruleset: Ruleset) -> Classification:
    reading = judge_user_agent(facts.user_agent)
    findings = [
        *find_kind_of_request(facts.facts),
        *reading.findings,
        *find_in_headers(facts.facts, reading),
        *_find_beyond_request(facts),
    ]
    if facts.facts & _HEAD:
        findings.append(_HEAD_FINDING)  # last: a preview by HEAD is still a preview
    heard = [finding for finding in findings if ruleset.weights.get(finding.reason)]
    if facts.facts & _CONFIRMATION_ASKED:
        heard = _hear_about_page(heard, facts)
    return _weigh(heard, ruleset, facts.evidence)


def _hear_about_page(heard: list[Finding], facts: ClickFacts) -> list[Finding]:
    """That nobody continued past the page is a fact under every ruleset and policy, until somebody does."""
    others = [finding for finding in heard if finding.reason is not Reason.NOT_CONFIRMED]
    return others if facts.evidence & _CONFIRMED else [*others, _NOT_CONFIRMED_FINDING]


def _find_beyond_request(facts: ClickFacts) -> list[Finding]:
    findings = [_HOSTING_FINDING] if facts.is_from_hosting else []
    if facts.evidence:
        findings += [
            Finding(reason, _EVIDENCE_CLASSES.get(reason, TrafficClass.NONE))
            for reason in Reason
            if facts.evidence & reason
        ]
    if facts.has_cookie:
        findings.append(_COOKIE_FINDING)
    return findings


def _weigh(findings: list[Finding], ruleset: Ruleset, evidence: int) -> Classification:
    if not findings:
        return Classification(_HUMAN, _NO_CLASS, 0, 0, ruleset.number)
    reasons = 0
    for finding in findings:
        reasons |= int(finding.reason)
    score = _add_up(_give_points(findings, ruleset), reasons, ruleset.bot_score)
    if reasons & _NOT_CONFIRMED and not evidence & _INSTEAD_OF_CONFIRMING:
        score = max(score, ruleset.suspect_score)  # signs of a person do not continue past a page
    verdict = _decide(score, ruleset)
    traffic_class = _NO_CLASS
    if verdict:
        traffic_class = next((each.traffic_class for each in findings if each.traffic_class), _NO_CLASS)
    return Classification(verdict, traffic_class, reasons, min(score, MAX_SCORE), ruleset.number)


def _decide(score: int, ruleset: Ruleset) -> Verdict:
    if score >= ruleset.bot_score:
        return _BOT
    return _SUSPECT if score >= ruleset.suspect_score else _HUMAN


def _give_points(findings: list[Finding], ruleset: Ruleset) -> dict[int, int]:
    """By the number of each reason: what it weighs, of those about the user agent only the strongest."""
    points = {int(finding.reason): ruleset.weights.get(finding.reason, 0) for finding in findings}
    of_user_agent = [reason for reason in points if reason & _OF_USER_AGENT]
    if len(of_user_agent) > 1:
        of_user_agent.remove(max(of_user_agent, key=lambda reason: (bool(reason & _UNFORGIVEN), points[reason])))
        for reason in of_user_agent:
            del points[reason]
    return points


def _add_up(points: dict[int, int], reasons: int, bot_score: int) -> int:
    unforgiven = certain = doubtful = of_headers = proofs = 0
    for reason, weight in points.items():
        if reason & _UNFORGIVEN:
            unforgiven += weight
        elif reason & _PROOFS:
            proofs += weight
        elif weight >= bot_score:
            certain += weight
        elif reason & _OF_HEADERS:
            of_headers += weight
        else:
            doubtful += weight
    doubtful += min(of_headers, bot_score - 1)
    if reasons & _ALLOWED:
        certain = doubtful = 0
    doubtful = max(doubtful, 0)
    if reasons & _IN_APP:
        doubtful = min(doubtful, bot_score - 1)  # there, doubts alone never make a bot
    return max(doubtful + certain + proofs, 0) + unforgiven
