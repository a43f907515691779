"""Versions of the rules: what each reason weighs, and from how many points on a click is suspect or a bot's."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from tracking.bots.verdicts import Reason

BOT_SCORE: Final = 100
SUSPECT_SCORE: Final = 50

# Reasons that a policy cannot weigh: each decides alone what a click is.
DECIDING: Final = (
    Reason.METHOD_HEAD
    | Reason.PREFETCH_HEADER
    | Reason.PREVIEW_USER_AGENT
    | Reason.PREVIEW_IMESSAGE
    | Reason.TEST
    | Reason.MANUAL
    | Reason.DENIED_BY_POLICY
    | Reason.ALLOWED_BY_POLICY
)

_WEIGHTS: Final[dict[Reason, int]] = {
    Reason.METHOD_HEAD: 100,
    Reason.PREFETCH_HEADER: 100,
    Reason.USER_AGENT_MISSING: 60,
    Reason.USER_AGENT_NOT_BROWSER: 100,
    Reason.USER_AGENT_MALFORMED: 100,
    Reason.USER_AGENT_LINK: 100,
    Reason.USER_AGENT_BOT_WORD: 100,
    Reason.KNOWN_CRAWLER: 100,
    Reason.PREVIEW_USER_AGENT: 100,
    Reason.PREVIEW_IMESSAGE: 100,
    Reason.HEADLESS: 100,
    Reason.CLIENT_HINTS_MISMATCH: 50,
    Reason.NO_ACCEPT_LANGUAGE: 30,
    Reason.ODD_ACCEPT: 30,
    Reason.NO_FETCH_METADATA: 20,
    Reason.FROM_OR_SCANNER_HEADER: 100,
    Reason.HOSTING_NETWORK: 50,
    Reason.BURST_ON_MESSAGE: 100,
    Reason.BURST_ACROSS_CONTACTS: 50,
    Reason.BURST_ACROSS_CONTACTS_ALIKE: 100,
    Reason.TOO_SOON_AFTER_DELIVERY: 40,
    Reason.HONEYPOT: 100,
    Reason.NEAR_HONEYPOT: 100,
    Reason.VELOCITY: 100,
    Reason.MANY_CLICKS: 50,
    Reason.VELOCITY_OF_NETWORK: 50,
    Reason.DENIED_BY_POLICY: 100,
    Reason.ALLOWED_BY_POLICY: -100,
    Reason.NOT_CONFIRMED: 50,
    Reason.TEST: 100,
    Reason.NATIVE_APP: 60,
    Reason.NOT_A_NAVIGATION: 60,
    Reason.IN_APP_BROWSER: -30,
    Reason.USER_ACTIVATION: -20,
    Reason.RETURNING_COOKIE: -20,
    Reason.CONFIRMED: -100,
    Reason.CONVERSION: -200,
}


class Ruleset(NamedTuple):
    """`number` is the version of the code's rules; a policy may weigh reasons otherwise under the same number."""

    number: int
    weights: Mapping[Reason, int]
    bot_score: int = BOT_SCORE
    suspect_score: int = SUSPECT_SCORE


# 1 believes programs that say what they are, and nothing else: what a list of user agents can find.
_DECLARED: Final = frozenset(
    {
        Reason.METHOD_HEAD,
        Reason.PREFETCH_HEADER,
        Reason.KNOWN_CRAWLER,
        Reason.PREVIEW_USER_AGENT,
        Reason.PREVIEW_IMESSAGE,
        Reason.HEADLESS,
        Reason.FROM_OR_SCANNER_HEADER,
        Reason.DENIED_BY_POLICY,
        Reason.ALLOWED_BY_POLICY,
        Reason.TEST,
    }
)
RULESETS: Final[Mapping[int, Ruleset]] = MappingProxyType(
    {
        1: Ruleset(1, MappingProxyType({reason: _WEIGHTS[reason] for reason in _DECLARED})),
        2: Ruleset(2, MappingProxyType(_WEIGHTS)),
    }
)
CURRENT_RULESET: Final = 2
