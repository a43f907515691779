"""The words of a judgement: verdict, class of traffic and reasons. Their numbers are stored and never reused."""

from enum import IntEnum, IntFlag
from functools import lru_cache
from typing import Final, NamedTuple


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
    """Every reason that spoke, a bit each."""

    METHOD_HEAD = 1 << 1
    PREFETCH_HEADER = 1 << 2
    USER_AGENT_MISSING = 1 << 3
    USER_AGENT_NOT_BROWSER = 1 << 4
    USER_AGENT_MALFORMED = 1 << 5
    USER_AGENT_LINK = 1 << 6
    USER_AGENT_BOT_WORD = 1 << 7
    KNOWN_CRAWLER = 1 << 8
    PREVIEW_USER_AGENT = 1 << 9
    PREVIEW_IMESSAGE = 1 << 10
    HEADLESS = 1 << 11
    CLIENT_HINTS_MISMATCH = 1 << 12
    NO_ACCEPT_LANGUAGE = 1 << 13
    ODD_ACCEPT = 1 << 14
    NO_FETCH_METADATA = 1 << 15
    FROM_OR_SCANNER_HEADER = 1 << 16
    HOSTING_NETWORK = 1 << 17
    BURST_ON_MESSAGE = 1 << 18
    BURST_ACROSS_CONTACTS = 1 << 19
    TOO_SOON_AFTER_DELIVERY = 1 << 20
    HONEYPOT = 1 << 21
    VELOCITY = 1 << 22
    VELOCITY_OF_NETWORK = 1 << 23
    DENIED_BY_POLICY = 1 << 24
    ALLOWED_BY_POLICY = 1 << 25
    MANUAL = 1 << 26
    NOT_CONFIRMED = 1 << 27
    TEST = 1 << 28
    NATIVE_APP = 1 << 29
    NOT_A_NAVIGATION = 1 << 30
    IN_APP_BROWSER = 1 << 40
    USER_ACTIVATION = 1 << 41
    RETURNING_COOKIE = 1 << 42
    CONFIRMED = 1 << 44
    CONVERSION = 1 << 45
    NEAR_HONEYPOT = 1 << 46
    BURST_ACROSS_CONTACTS_ALIKE = 1 << 47
    MANY_CLICKS = 1 << 48


# What only looking at other clicks, or at what came after, can find: kept on the click as its evidence.
EVIDENCE = (
    Reason.BURST_ON_MESSAGE
    | Reason.BURST_ACROSS_CONTACTS
    | Reason.BURST_ACROSS_CONTACTS_ALIKE
    | Reason.TOO_SOON_AFTER_DELIVERY
    | Reason.HONEYPOT
    | Reason.NEAR_HONEYPOT
    | Reason.VELOCITY
    | Reason.MANY_CLICKS
    | Reason.VELOCITY_OF_NETWORK
    | Reason.CONFIRMED
    | Reason.CONVERSION
)


# What a request says of itself. Doubts that only add up to a bot's score say nothing so plainly.
_PLAIN: Final = int(
    Reason.METHOD_HEAD
    | Reason.PREFETCH_HEADER
    | Reason.USER_AGENT_NOT_BROWSER
    | Reason.USER_AGENT_MALFORMED
    | Reason.USER_AGENT_LINK
    | Reason.USER_AGENT_BOT_WORD
    | Reason.KNOWN_CRAWLER
    | Reason.PREVIEW_USER_AGENT
    | Reason.PREVIEW_IMESSAGE
    | Reason.HEADLESS
    | Reason.FROM_OR_SCANNER_HEADER
    | Reason.TEST
)


@lru_cache(maxsize=10_000)
def list_reasons(bits: int) -> tuple[Reason, ...]:
    """Those of a newer ruleset than ours are left out. Clicks have few combinations, and an IntFlag is slow to walk."""
    return tuple(reason for reason in Reason if bits & reason)


class Finding(NamedTuple):
    """One thing that was found, and the kind of traffic that it speaks for."""

    reason: Reason
    traffic_class: TrafficClass = TrafficClass.NONE


class Classification(NamedTuple):
    verdict: Verdict
    traffic_class: TrafficClass
    reasons: int
    score: int
    ruleset: int

    @property
    def is_answered_plainly(self) -> bool:
        """Gets neither click id nor cookie: HEAD, prefetches, previews and everything that says it is a program.

        Who is only suspected gets them, however strongly: a conversion could not tell us otherwise that we were wrong.
        """
        return self.verdict is Verdict.BOT and bool(self.reasons & _PLAIN)
