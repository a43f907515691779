"""What may be set in a policy. Errors name the field as the graph does, and say what would be right. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
import re2

from tracking.bots.kept_networks import check_network
from tracking.bots.policies.countries import COUNTRY_CODES
from tracking.bots.policies.matching import compile_patterns
from tracking.bots.policies.rules import WEIGHABLE, Lists, Overrides
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS
from tracking.bots.verdicts import Reason
from tracking.errors import InvalidInputError

MAX_POINTS: Final = 200
MAX_SCORE: Final = 1_000
MAX_BURST_S: Final = 60.0
MIN_BURST_S: Final = 0.1
MAX_SOON_S: Final = 3_600.0
MIN_VELOCITY_CLICKS: Final = 2
MAX_VELOCITY_CLICKS: Final = 100_000
MAX_NETWORKS: Final = 1_000
MAX_PATTERNS: Final = 100
MAX_PATTERN_CHARS: Final = 200

_PATTERN_MAX_BYTES: Final = 1 << 20
# What RE2 may go through for each letter of a user agent, at worst: one account must not hold up the clicks of others.
_MAX_STEPS_TOGETHER: Final = 5_000

GRAPH_NAMES: Final = {field.name: field.encode_name for field in msgspec.structs.fields(Overrides)}


def change_overrides(now: Overrides, changes: Mapping[str, Any]) -> Overrides:
    """What is named changes, the rest stays; None leaves it to the next wider scope.

    `weights` come as pairs of a reason and its points. Raises InvalidInputError.
    """
    checked = {name: None if value is None else _CHECKS[name](value) for name, value in changes.items()}
    after = msgspec.structs.replace(now, **checked)
    _check_pair("suspect_score", after.suspect_score, "bot_score", after.bot_score)
    _check_pair(
        "velocity_suspect_clicks", after.velocity_suspect_clicks, "velocity_bot_clicks", after.velocity_bot_clicks
    )
    return after


def _check_pair(lower_name: str, lower: int | None, upper_name: str, upper: int | None) -> None:
    """Set together, or else a change of a wider scope could turn them round."""
    names = GRAPH_NAMES[lower_name], GRAPH_NAMES[upper_name]
    if (lower is None) != (upper is None):
        missing = names[0] if lower is None else names[1]
        raise InvalidInputError(f"{names[0]} and {names[1]} are set together, or left out together", (missing,))
    if lower is not None and upper is not None and lower >= upper:
        raise InvalidInputError(f"{names[0]} is {lower}: it has to be less than {names[1]}, {upper}", (names[0],))


def _check_weights(pairs: Sequence[tuple[Reason, int]]) -> dict[str, int] | None:
    weights: dict[str, int] = {}
    for place, (reason, points) in enumerate(pairs):
        path = ("weights", str(place))
        if reason not in WEIGHABLE:
            raise InvalidInputError(f"{reason.name} cannot be weighed: it decides alone", (*path, "reason"))
        if reason.name in weights:
            raise InvalidInputError(f"{reason.name} is weighed twice", (*path, "reason"))
        is_for_a_person = RULESETS[CURRENT_RULESET].weights[reason] < 0
        lowest, highest = (-MAX_POINTS, 0) if is_for_a_person else (0, MAX_POINTS)
        if not lowest <= points <= highest:
            speaks = "a person" if is_for_a_person else "a program"
            allowed = f"it speaks for {speaks}, with {lowest} to {highest} points"
            raise InvalidInputError(f"{reason.name} has {points} points: {allowed}", (*path, "points"))
        weights[str(reason.name)] = points
    return weights or None


def _check_lists(name: str) -> Callable[[Lists], Lists]:
    def check(given: Lists) -> Lists:
        try:
            return Lists(
                _check_entries(given.networks, "networks", check_network, MAX_NETWORKS),
                _check_patterns(given.user_agent_patterns),
                _check_entries(given.countries, "countries", _check_country, len(COUNTRY_CODES)),
            )
        except InvalidInputError as error:
            raise error.under(name) from None

    return check


def _check_entries(entries: Sequence[str], name: str, check: Callable[[str], str], max_entries: int) -> tuple[str, ...]:
    """Each in the form that is stored, once."""
    if len(entries) > max_entries:
        raise InvalidInputError(f"{len(entries)} {name}: give at most {max_entries}", (name,))
    checked: dict[str, None] = {}
    for place, entry in enumerate(entries):
        try:
            checked[check(entry)] = None
        except InvalidInputError as error:
            raise error.under(name, str(place)) from None
    return tuple(checked)


def _check_patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    checked = _check_entries(patterns, "userAgentPatterns", _check_pattern, MAX_PATTERNS)
    try:
        compile_patterns(checked)
        steps = sum(re2.compile(pattern).programsize for pattern in checked)
    except re2.error:
        steps = _MAX_STEPS_TOGETHER + 1
    if steps > _MAX_STEPS_TOGETHER:
        message = "these patterns are too much together: give fewer, or with smaller repetitions"
        raise InvalidInputError(message, ("userAgentPatterns",))
    return checked


def _check_pattern(pattern: str) -> str:
    if not 1 <= len(pattern) <= MAX_PATTERN_CHARS or not pattern.isprintable():
        raise InvalidInputError(f"a pattern has 1 to {MAX_PATTERN_CHARS} printable characters")
    options = re2.Options()
    options.max_mem = _PATTERN_MAX_BYTES
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise InvalidInputError(f"RE2 does not take this pattern: {_read_complaint(error)}") from None
    if compiled.search(""):
        raise InvalidInputError("this pattern is in every user agent: give one that an empty text does not match")
    return pattern


def _read_complaint(error: Exception) -> str:
    [complaint] = error.args
    return complaint.decode("utf-8", "replace") if isinstance(complaint, bytes) else str(complaint)


def _check_country(code: str) -> str:
    if code.strip().upper() not in COUNTRY_CODES:
        raise InvalidInputError("this is no country: give its two letters of ISO 3166, such as DE")
    return code.strip().upper()


def _within(name: str, lowest: float, highest: float) -> Callable[[float], float]:
    def check(value: float) -> float:
        if not lowest <= value <= highest:
            told = GRAPH_NAMES[name]
            raise InvalidInputError(f"{told} is {value:g}: give {lowest:g} to {highest:g}", (told,))
        return value

    return check


def _as_it_is(value: Any) -> Any:
    return value


_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "mode": _as_it_is,
    "counts_public_suspects": _as_it_is,
    "counts_contact_suspects": _as_it_is,
    "weights": _check_weights,
    "bot_score": _within("bot_score", 1, MAX_SCORE),
    "suspect_score": _within("suspect_score", 1, MAX_SCORE),
    "allow": _check_lists("allow"),
    "deny": _check_lists("deny"),
    "burst_s": _within("burst_s", MIN_BURST_S, MAX_BURST_S),
    "soon_after_delivery_s": _within("soon_after_delivery_s", 0, MAX_SOON_S),
    "velocity_bot_clicks": _within("velocity_bot_clicks", MIN_VELOCITY_CLICKS, MAX_VELOCITY_CLICKS),
    "velocity_suspect_clicks": _within("velocity_suspect_clicks", MIN_VELOCITY_CLICKS, MAX_VELOCITY_CLICKS),
}
