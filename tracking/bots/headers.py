"""What the headers of a request say of its sender, beside a user agent that says it is a browser's."""

from typing import Final

from tracking.bots.user_agents import UserAgentReading
from tracking.bots.verdicts import Finding, Reason, TrafficClass
from tracking.clicks.event import Fact

# What kind of request it is comes before who sent it: a test stays a test, a prefetch a prefetch.
_KINDS_OF_REQUEST: Final = (
    (int(Fact.TEST), Finding(Reason.TEST, TrafficClass.TEST)),
    (int(Fact.PREFETCH), Finding(Reason.PREFETCH_HEADER, TrafficClass.PREFETCH)),
)
_FACT_FINDINGS: Final = (
    (int(Fact.FROM_OR_SCANNER), Finding(Reason.FROM_OR_SCANNER_HEADER, TrafficClass.SCANNER)),
    (int(Fact.CLIENT_HINTS_HEADLESS), Finding(Reason.HEADLESS, TrafficClass.HEADLESS)),
    (int(Fact.CLIENT_HINTS_MISMATCH), Finding(Reason.CLIENT_HINTS_MISMATCH)),
    (int(Fact.USER_AGENT_MISSING), Finding(Reason.USER_AGENT_MISSING)),
    (int(Fact.CONFIRMATION_ASKED), Finding(Reason.NOT_CONFIRMED)),
)
_ANY_KIND: Final = sum(fact for fact, _ in _KINDS_OF_REQUEST)
_ANY_FACT: Final = sum(fact for fact, _ in _FACT_FINDINGS)

# A request sets one of these, whatever it is; clicks that were brought in without their headers set none.
_HEADERS_WERE_READ: Final = int(
    Fact.ACCEPT_HTML | Fact.ACCEPT_ANY_ONLY | Fact.ACCEPT_MISSING | Fact.ACCEPT_OTHER | Fact.ACCEPT_LANGUAGE
)
_ACCEPT_LANGUAGE: Final = int(Fact.ACCEPT_LANGUAGE)
_ACCEPT_HTML: Final = int(Fact.ACCEPT_HTML)
_OVER_TLS: Final = int(Fact.OVER_TLS)
_FETCH_METADATA: Final = int(Fact.SEC_FETCH | Fact.CLIENT_HINTS)
_SEC_FETCH: Final = int(Fact.SEC_FETCH)
_FETCHED_TO_BE_SEEN: Final = int(Fact.SEC_FETCH | Fact.SEC_FETCH_NAVIGATE)
_ACTIVATED: Final = int(Fact.SEC_FETCH_USER | Fact.SEC_FETCH_NAVIGATE)
_FROM_APP: Final = int(Fact.REQUESTED_WITH_APP)

_NO_ACCEPT_LANGUAGE: Final = Finding(Reason.NO_ACCEPT_LANGUAGE)
_ODD_ACCEPT: Final = Finding(Reason.ODD_ACCEPT)
_NO_FETCH_METADATA: Final = Finding(Reason.NO_FETCH_METADATA)
_NOT_A_NAVIGATION: Final = Finding(Reason.NOT_A_NAVIGATION)
_IN_APP: Final = Finding(Reason.IN_APP_BROWSER)
_USER_ACTIVATION: Final = Finding(Reason.USER_ACTIVATION)


def find_kind_of_request(facts: int) -> list[Finding]:
    return [finding for fact, finding in _KINDS_OF_REQUEST if facts & fact] if facts & _ANY_KIND else []


def find_in_headers(facts: int, reading: UserAgentReading) -> list[Finding]:
    """What a header says alone, whoever sends it; then what browsers send and this one does not, or only a person's."""
    found = [finding for fact, finding in _FACT_FINDINGS if facts & fact] if facts & _ANY_FACT else []
    if not reading.is_browser or not facts & _HEADERS_WERE_READ:
        return found
    if not facts & _ACCEPT_LANGUAGE:
        found.append(_NO_ACCEPT_LANGUAGE)
    if not facts & _ACCEPT_HTML:
        found.append(_ODD_ACCEPT)
    is_in_app = reading.is_in_app or bool(facts & _FROM_APP)
    if reading.sends_fetch_metadata and not is_in_app and facts & _OVER_TLS and not facts & _FETCH_METADATA:
        found.append(_NO_FETCH_METADATA)
    if facts & _FETCHED_TO_BE_SEEN == _SEC_FETCH:
        found.append(_NOT_A_NAVIGATION)
    if facts & _FROM_APP and not reading.is_in_app:
        found.append(_IN_APP)
    if facts & _ACTIVATED == _ACTIVATED:
        found.append(_USER_ACTIVATION)
    return found
