"""A bot policy: what is done about programs, and what is counted. Pure; it decides no column (rule 4)."""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from tracking.bots.rulesets import CURRENT_RULESET, DECIDING, RULESETS, Ruleset
from tracking.bots.verdicts import Reason

WEIGHABLE: Final = frozenset(RULESETS[CURRENT_RULESET].weights) - {*DECIDING, Reason.NOT_CONFIRMED}
_CONDEMNING: Final = tuple(reason for reason in DECIDING if reason not in {Reason.MANUAL, Reason.ALLOWED_BY_POLICY})


class BotMode(StrEnum):
    """OFF counts programs as well; CONFIRM counts who continues past a page that asks to (TR26)."""

    OFF = "OFF"
    LABEL = "LABEL"
    CONFIRM = "CONFIRM"


class Lists(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel", cache_hash=True):
    """Networks are CIDR of /24, or /48, at most: closer than that nothing is stored. Patterns are RE2's."""

    networks: tuple[str, ...] = ()
    user_agent_patterns: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


EMPTY_LISTS: Final = Lists()


class Overrides(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What an account, a campaign or a link sets; None leaves it to the next wider one, in the end to the default."""

    mode: BotMode | None = None
    counts_public_suspects: bool | None = None
    counts_contact_suspects: bool | None = None
    weights: dict[str, int] | None = None  # by the name of the reason
    bot_score: int | None = None
    suspect_score: int | None = None
    allow: Lists | None = None
    deny: Lists | None = None
    burst_s: float | None = None
    soon_after_delivery_s: float | None = None
    velocity_bot_clicks: int | None = None
    velocity_suspect_clicks: int | None = None


_decoder: Final = msgspec.json.Decoder(Overrides)


def encode_overrides(overrides: Overrides) -> str:
    return msgspec.json.encode(overrides).decode()


def decode_overrides(text: str) -> Overrides:
    return _decoder.decode(text)


class Policy(msgspec.Struct, frozen=True, cache_hash=True):
    """What holds for a click: everything decided. The default is that of an account that sets nothing."""

    mode: BotMode = BotMode.LABEL
    counts_public_suspects: bool = True
    counts_contact_suspects: bool = False
    weights: tuple[tuple[Reason, int], ...] = ()
    bot_score: int = RULESETS[CURRENT_RULESET].bot_score
    suspect_score: int = RULESETS[CURRENT_RULESET].suspect_score
    allow: Lists = EMPTY_LISTS
    deny: Lists = EMPTY_LISTS
    burst_s: float = 1.0
    soon_after_delivery_s: float | None = None  # None: 5 s for e-mail, 2 s for SMS
    velocity_bot_clicks: int = 30  # in 60 s, on one link by one user agent of one network
    velocity_suspect_clicks: int = 10

    @property
    def lists_origins(self) -> bool:
        """Whether its verdicts depend on where a click came from."""
        return bool(self.allow.networks or self.allow.countries or self.deny.networks or self.deny.countries)

    def adjust(self, ruleset: Ruleset) -> Ruleset:
        """The ruleset with this policy's weights and thresholds; a reason that it does not know stays unknown.

        What decides alone goes on to do so: it weighs as much as it takes to be a bot's, wherever that threshold is.
        """
        if not self.weights and (self.bot_score, self.suspect_score) == (ruleset.bot_score, ruleset.suspect_score):
            return ruleset
        weights = {**ruleset.weights}
        weights |= {reason: points for reason, points in self.weights if reason in weights}
        weights |= {reason: max(weights[reason], self.bot_score) for reason in _CONDEMNING if reason in weights}
        return Ruleset(ruleset.number, weights, self.bot_score, self.suspect_score)


DEFAULT_POLICY: Final = Policy()


def merge(overrides: Iterable[Overrides]) -> Policy:
    """From the widest to the narrowest: each sets what it names. Weights are set one by one, lists as a whole."""
    settled: dict[str, Any] = {}
    weights: dict[Reason, int] = {}
    for each in overrides:
        given = {name: value for name in each.__struct_fields__ if (value := getattr(each, name)) is not None}
        weights |= {Reason[name]: points for name, points in given.pop("weights", {}).items()}
        settled |= given
    return Policy(**settled, weights=tuple(sorted(weights.items())))


class PolicyScope(StrEnum):
    """How far something that is set reaches; DEFAULT is what holds where nobody set it."""

    DEFAULT = "DEFAULT"
    ACCOUNT = "ACCOUNT"
    CAMPAIGN = "CAMPAIGN"
    LINK = "LINK"


class Layer(NamedTuple):
    """What one scope sets, since when."""

    scope: PolicyScope
    overrides: Overrides
    effective_at: dt.datetime


def find_sources(layers: Iterable[Layer]) -> dict[str, PolicyScope]:
    """By the name of each field, or reason, that is set: the narrowest scope that sets it."""
    found: dict[str, PolicyScope] = {}
    for layer in layers:
        names = [name for name in layer.overrides.__struct_fields__ if getattr(layer.overrides, name) is not None]
        found |= dict.fromkeys([*names, *(layer.overrides.weights or {})], layer.scope)
    return found
