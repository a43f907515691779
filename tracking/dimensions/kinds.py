"""What a click can be told by beside its labels, under which numbers that is stored, and how a click tells it."""

from enum import IntEnum
from typing import Final

from tracking.bots.verdicts import TrafficClass
from tracking.clicks.event import VisitorMethod
from tracking.clicks.prepare import FOR_EVER, LINK_DAY, MESSAGE_CONTACT
from tracking.reports.dimensions import NONE_KEY, Dimension
from tracking.reports.scopes import COUNTED, COUNTERS, UNIQUE, Scope


class Trait(IntEnum):
    """Stored, so never reused. EVERYTHING has no value: what of it no value has is `(none)`."""

    EVERYTHING = 0
    DEVICE = 1
    BROWSER = 2
    OS = 3
    IN_APP_BROWSER = 4
    REFERRER = 5
    COUNTRY = 6
    UNIQUE_METHOD = 7
    PLACEMENT = 8


TRAITS: Final = {Dimension(trait.name): trait for trait in Trait if trait is not Trait.EVERYTHING}

NO_VALUE: Final = ""
OTHER: Final = "(other)"
MAX_VALUE_CHARS: Final = 255
# Of one account, day and trait. Most values are what a stranger sent: without a bound he could make rows at will.
MAX_VALUES: Final = 500

SCOPES: Final = (
    Scope.ACCOUNT,
    Scope.CAMPAIGN,
    Scope.CREATOR,
    Scope.CAMPAIGN_CREATOR,
    Scope.LINK,
    Scope.MESSAGE,
    Scope.OFFER,
)

# `counted_as` of a click: which of the first six counters, whether it counts, whether it is unique, and by what.
COUNTER_BITS: Final = 7
COUNTED_BIT: Final = 8
UNIQUE_BIT: Final = 16
METHOD_SHIFT: Final = 5

_SPECIAL: Final = {
    TrafficClass.PREFETCH: "prefetches",
    TrafficClass.PREVIEW: "preview_fetches",
    TrafficClass.TEST: "test_clicks",
}
_BY_METHOD: Final = {
    "unique_by_contact": VisitorMethod.CONTACT,
    "unique_by_cookie": VisitorMethod.COOKIE,
    "unique_by_hash": VisitorMethod.HASH,
}

# SQL over `click` and `held`, the unique that it holds, if any.
COUNTED_AS: Final = f"""(
    CASE traffic_class {" ".join(f"WHEN {kind} THEN {COUNTERS.index(name)}" for kind, name in _SPECIAL.items())}
        ELSE verdict END
    + {COUNTED_BIT} * is_counted::int + {UNIQUE_BIT} * (held.click_id IS NOT NULL)::int
    + (visitor_method::int << {METHOD_SHIFT})
)::smallint"""
_IS_OF_MESSAGE: Final = "contact_id IS NOT NULL AND message_id IS NOT NULL"
HELD: Final = f"""
    held.click_id = click.id AND held.visitor_key = click.visitor_key
    AND held.day = CASE WHEN {_IS_OF_MESSAGE} THEN DATE '{FOR_EVER}' ELSE visitor_day END
    AND held.subject = CASE WHEN {_IS_OF_MESSAGE} THEN {MESSAGE_CONTACT} ELSE {LINK_DAY} END
    AND held.subject_id = CASE WHEN {_IS_OF_MESSAGE} THEN message_id ELSE link_id END
"""

# SQL over a click that is `turned`, with its user agent: the value of each trait, null where it has none.
_METHODS: Final = " ".join(f"WHEN {method} THEN '{method.name}'" for method in VisitorMethod)
_VALUES: Final[dict[Trait, str]] = {
    Trait.DEVICE: "user_agent.device",
    Trait.BROWSER: "user_agent.browser",
    Trait.OS: "user_agent.os",
    Trait.IN_APP_BROWSER: "user_agent.in_app_browser",
    Trait.REFERRER: "referrer_host",
    Trait.COUNTRY: "country",
    Trait.UNIQUE_METHOD: f"CASE counted_as >> {METHOD_SHIFT} {_METHODS} END",
    Trait.PLACEMENT: "placement",
}
VALUES: Final = ", ".join(
    (
        f"({Trait.EVERYTHING}, '{NO_VALUE}')",
        *(
            f"({trait}, nullif(nullif(left({value}, {MAX_VALUE_CHARS}), ''), '{NONE_KEY}'))"
            for trait, value in _VALUES.items()
        ),
    )
)


def write_counters() -> dict[str, str]:
    """By counter: whether a click that is counted as `counted_as` has it, as a condition in SQL."""
    is_unique = f"counted_as & {UNIQUE_BIT} <> 0"
    conditions = {name: f"counted_as & {COUNTER_BITS} = {place}" for place, name in enumerate(COUNTERS[:6])}
    conditions[COUNTERS[COUNTED]] = f"counted_as & {COUNTED_BIT} <> 0"
    conditions[COUNTERS[UNIQUE]] = is_unique
    for name, method in _BY_METHOD.items():
        conditions[name] = f"{is_unique} AND counted_as >> {METHOD_SHIFT} = {method}"
    return {name: conditions[name] for name in COUNTERS}
