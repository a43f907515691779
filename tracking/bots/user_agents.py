"""What a user agent says of its sender: structure first, then words, then lists; apps in which people browse aside."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from tracking.bots.crawlers import find_crawler_tags
from tracking.bots.in_app import is_in_app
from tracking.bots.phones import drop_phone
from tracking.bots.previews import find_preview
from tracking.bots.structure import Structure, read_structure
from tracking.bots.verdicts import Finding, Reason, TrafficClass
from tracking.bots.words import read_words

_CACHE_SIZE: Final = 8_192
# Chromium has sent fetch metadata since version 80 and client hints since 89, over TLS.
_CHROMIUM_WITH_METADATA: Final = re.compile(r"\bChrome/(?:9\d|[1-9]\d\d)\.")

_STRUCTURE_FINDINGS: Final = {
    Structure.NATIVE_APP: Finding(Reason.NATIVE_APP),
    Structure.NOT_A_BROWSER: Finding(Reason.USER_AGENT_NOT_BROWSER, TrafficClass.LIBRARY),
    Structure.MALFORMED: Finding(Reason.USER_AGENT_MALFORMED, TrafficClass.INVALID),
}
_CLASS_OF_TAG: Final = (
    ("social-preview", TrafficClass.PREVIEW),
    ("browser-automation", TrafficClass.HEADLESS),
    ("scanner", TrafficClass.SCANNER),
    ("ai-crawler", TrafficClass.AI_AGENT),
    ("monitoring", TrafficClass.MONITOR),
    ("http-library", TrafficClass.LIBRARY),
)


# Made once: members of enums are looked up slowly, and this runs for every user agent that is new.
_HEADLESS: Final = Finding(Reason.HEADLESS, TrafficClass.HEADLESS)
_LINK: Final = Finding(Reason.USER_AGENT_LINK, TrafficClass.CRAWLER)
_IN_APP: Final = Finding(Reason.IN_APP_BROWSER)
_BOT_WORDS: Final = {kind: Finding(Reason.USER_AGENT_BOT_WORD, kind) for kind in TrafficClass}
_LISTED: Final = {kind: Finding(Reason.KNOWN_CRAWLER, kind) for kind in TrafficClass}
_CRAWLER: Final = TrafficClass.CRAWLER
_PREVIEWS: Final = {
    reason: Finding(reason, TrafficClass.PREVIEW) for reason in (Reason.PREVIEW_IMESSAGE, Reason.PREVIEW_USER_AGENT)
}
_IMESSAGE: Final = _PREVIEWS[Reason.PREVIEW_IMESSAGE]
_A_BROWSER: Final = Structure.BROWSER


class UserAgentReading(NamedTuple):
    findings: tuple[Finding, ...]  # the first that has a class gives it
    is_browser: bool  # says it is one, so that it can be asked for the headers that browsers send
    is_in_app: bool
    sends_fetch_metadata: bool


_NOTHING: Final = UserAgentReading((), is_browser=False, is_in_app=False, sends_fetch_metadata=False)


@lru_cache(maxsize=_CACHE_SIZE)
def judge_user_agent(user_agent: str) -> UserAgentReading:
    text = user_agent.strip(" \t\"'")  # a few people's come in quotes
    if not text:
        return _NOTHING
    wording = drop_phone(text)
    preview = find_preview(wording)
    if preview is _IMESSAGE.reason:
        return _NOTHING._replace(findings=(_IMESSAGE,))
    in_app = is_in_app(text)
    structure = read_structure(text)
    findings = [] if preview is None else [_PREVIEWS[preview]]
    findings += _find_names(wording, in_app=in_app)
    if not in_app and structure in _STRUCTURE_FINDINGS:
        findings.append(_STRUCTURE_FINDINGS[structure])
    if in_app:
        findings.append(_IN_APP)
    return UserAgentReading(
        findings=tuple(findings),
        is_browser=in_app or structure is _A_BROWSER,
        is_in_app=in_app,
        sends_fetch_metadata=not in_app and _CHROMIUM_WITH_METADATA.search(text) is not None,
    )


def _find_names(wording: str, *, in_app: bool) -> list[Finding]:
    """By what names it goes. In an app only those count that no app of people carries: its own words are many."""
    words = read_words(wording)
    findings = [_HEADLESS] if words.is_headless else []
    if in_app and not words.is_bot:
        return findings
    tags = find_crawler_tags(wording)
    if tags is not None:
        listed_as = next((kind for tag, kind in _CLASS_OF_TAG if tag in tags), _CRAWLER)
        findings.append(_LISTED[listed_as])
    if words.kind is not None or words.is_bot:
        findings.append(_BOT_WORDS[words.kind or _CRAWLER])
    if words.names_page:
        findings.append(_LINK)
    return findings
