"""From a request's headers to what is kept of them: a bit per fact, and whether to answer as one answers a program."""

import re
from typing import Final, NamedTuple

from tracking.bots.rules import ClickFacts, classify
from tracking.bots.verdicts import TrafficClass
from tracking.clicks.event import MAX_USER_AGENT_BYTES, Fact

Headers = dict[bytes, bytes]

_MAX_SHAPES: Final = 20_000
_MAX_KEY_BYTES: Final = 2_048  # a browser's take 500; longer ones would fill the memory
_PREFETCH_WORDS: Final = frozenset({b"prefetch", b"preview", b"instant"})
_HEADLESS: Final = b"Headless"
_CHROMIUM: Final = re.compile(rb"(?:Chrome|CriOS|Chromium)/")
_HINTED_VERSION: Final = re.compile(rb'"Chromium"; ?v="(\d+)')
_NAMED_VERSION: Final = re.compile(rb"Chrome/(\d+)")
# Phones and tablets that ask for pages as a desktop does say so in the user agent, and not all of them in the hints.
_PLATFORM_MARKS: Final = {
    b"Windows": re.compile(b"Windows"),
    b"macOS": re.compile(b"Macintosh"),
    b"Android": re.compile(b"Android|Linux|Macintosh"),
    b"Linux": re.compile(b"(?i)Linux"),
}
_PACKAGE: Final = re.compile(rb"[A-Za-z]\w*(?:\.\w+)+")
_READ_HEADERS: Final = (
    b"user-agent",
    b"accept",
    b"accept-language",
    b"sec-fetch-mode",
    b"sec-fetch-user",
    b"sec-ch-ua",
    b"sec-ch-ua-mobile",
    b"sec-ch-ua-platform",
    b"sec-purpose",
    b"purpose",
    b"x-purpose",
    b"x-moz",
    b"next-router-prefetch",
    b"rsc",
    b"x-requested-with",
    b"from",
    b"x-scanner",
    b"sec-gpc",
)


class RequestShape(NamedTuple):
    """What requests with the same headers have in common."""

    facts: int
    user_agent: bytes
    accept_language: bytes
    is_answered_plainly: bool
    is_speculative: bool  # by Sec-Purpose: refusing it makes the browser come again when a person really clicks
    is_preview: bool  # by GET: an app that asks what to show of the link


class Shapes:
    """Browsers send the same headers again and again, so what they mean is worked out once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | bytes | None, ...], RequestShape] = {}

    def read(self, headers: Headers, method: str, scheme: str) -> RequestShape:
        key = (method, scheme, *map(headers.get, _READ_HEADERS))
        shape = self._known.get(key)
        if shape is None:
            if len(self._known) >= _MAX_SHAPES:
                self._known.clear()
            shape = _read_shape(headers, method, scheme)
            if sum(len(value) for value in key if value) <= _MAX_KEY_BYTES:
                self._known[key] = shape
        return shape


def _read_shape(headers: Headers, method: str, scheme: str) -> RequestShape:
    user_agent = headers.get(b"user-agent", b"")[:MAX_USER_AGENT_BYTES]
    facts = int(read_facts(headers, method, scheme))
    decision = classify(ClickFacts(facts, user_agent.decode("utf-8", "replace")))
    return RequestShape(
        facts=facts,
        user_agent=user_agent,
        accept_language=headers.get(b"accept-language", b"")[:256],
        is_answered_plainly=decision.is_answered_plainly,
        is_speculative=headers.get(b"sec-purpose", b"").lower().startswith(b"prefetch"),
        is_preview=method == "GET" and decision.traffic_class is TrafficClass.PREVIEW,
    )


def read_facts(headers: Headers, method: str, scheme: str) -> Fact:
    """Pure: what these headers say, each fact on its own (rule 10)."""
    user_agent = headers.get(b"user-agent", b"")
    mode = headers.get(b"sec-fetch-mode")
    hints = headers.get(b"sec-ch-ua")
    said = {
        Fact.HEAD: method == "HEAD",
        Fact.PREFETCH: _is_prefetch(headers),
        Fact.ACCEPT_LANGUAGE: b"accept-language" in headers,
        _read_accept(headers.get(b"accept")): True,
        Fact.SEC_FETCH: mode is not None,
        Fact.SEC_FETCH_NAVIGATE: mode == b"navigate",
        Fact.SEC_FETCH_USER: headers.get(b"sec-fetch-user") == b"?1",
        Fact.CLIENT_HINTS: hints is not None,
        Fact.CLIENT_HINTS_HEADLESS: hints is not None and _HEADLESS in hints,
        Fact.CLIENT_HINTS_MISMATCH: hints is not None and _contradicts(hints, headers, user_agent),
        Fact.FROM_OR_SCANNER: b"from" in headers or b"x-scanner" in headers,
        Fact.REQUESTED_WITH_APP: _names_app(headers.get(b"x-requested-with", b"")),
        Fact.OVER_TLS: scheme == "https",
        Fact.GLOBAL_PRIVACY_CONTROL: headers.get(b"sec-gpc") == b"1",
        Fact.USER_AGENT_MISSING: not user_agent.strip(),
    }
    found = Fact(0)
    for fact, is_true in said.items():
        if is_true:
            found |= fact
    return found


def _read_accept(accept: bytes | None) -> Fact:
    if accept is None:
        return Fact.ACCEPT_MISSING
    if b"text/html" in accept or b"application/xhtml+xml" in accept:
        return Fact.ACCEPT_HTML
    return Fact.ACCEPT_ANY_ONLY if accept.strip() == b"*/*" else Fact.ACCEPT_OTHER


def _is_prefetch(headers: Headers) -> bool:
    """Browsers, apps that load the page behind a link before somebody taps it, and the routers of Next.js pages."""
    if headers.get(b"sec-purpose", b"").lower().startswith(b"prefetch"):
        return True
    if headers.get(b"x-moz", b"").lower() == b"prefetch":
        return True
    if headers.get(b"next-router-prefetch") == b"1" or headers.get(b"rsc") == b"1":
        return True
    return any(headers.get(name, b"").lower() in _PREFETCH_WORDS for name in (b"purpose", b"x-purpose"))


def _contradicts(hints: bytes, headers: Headers, user_agent: bytes) -> bool:
    """Chromium's hints beside the user agent of another browser, version, platform or kind of device."""
    if b"Chromium" in hints and not _CHROMIUM.search(user_agent):
        return True
    hinted, named = _HINTED_VERSION.search(hints), _NAMED_VERSION.search(user_agent)
    if hinted is not None and named is not None and hinted[1] != named[1]:
        return True
    platform = _PLATFORM_MARKS.get(headers.get(b"sec-ch-ua-platform", b"").strip(b'"'))
    if platform is not None and not platform.search(user_agent):
        return True
    is_mobile = headers.get(b"sec-ch-ua-mobile") == b"?1"
    return is_mobile and b"Mobile" not in user_agent and b"Android" not in user_agent


def _names_app(requested_with: bytes) -> bool:
    """Android's WebView names the package of its app; scripts say XMLHttpRequest there."""
    return _PACKAGE.fullmatch(requested_with) is not None
