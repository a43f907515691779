"""What is drawn at random: clicks, and what somebody tells of an order.

By `random` with a seed, which draws the same everywhere. hypothesis does not, though it is derandomized: it draws some
numbers from the constants of whatever modules are loaded, which are others when the whole suite runs.
"""

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from tests.clicking import BOT, HUMAN
from tracking.conversions.kinds import Proof

HALF_A_DAY: Final = dt.timedelta(hours=12)
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
# What came long ago waits for nothing any more; what came in the last days waits for clicks and sales. Clicks come
# within a week, or are none: older ones were there before any report.
LATELY: Final = range(12)
LONG_AGO: Final = range(62, 81)
EVER: Final = range(91)
OFFSETS_MS: Final = (None, None, -1, 0, HOUR_MS, DAY_MS, DAY_MS + 1, 3 * DAY_MS, 3 * DAY_MS + 1, 28 * DAY_MS)

VISIT: Final[dict[str, Sequence[Any]]] = {
    "age": LATELY,
    "visitor": (1, 2),
    "link": range(6),
    "is_stored": (True, True, True, False),
    "is_foreign": (*[False] * 7, True),
    "user_agent": (HUMAN, HUMAN, HUMAN, HUMAN, BOT),
}
TOLD: Final[dict[str, Sequence[Any]]] = {
    "order": ("T1", "T1", "T2", "T3", "T4", ""),
    "event": ("sale", "sale", "sale", "lead", "demo", "refund", "refund", "chargeback", "void"),
    "part": ("", "a", "b"),
    "proof": (Proof.NONE, Proof.NONE, Proof.NONE, *Proof),
    "offset_ms": OFFSETS_MS,
    "revenue": ("12.50", "12.50", "12.5", "10", "10", "5.05", ""),
    "currency": ("EUR", "EUR", "", "", "JPY"),
    "cookie": (None, None, None, 1, 2),
    "link": (None, None, 0, 1, 2, 3, 4, 5),
    "offer": (None, None, None, 0, 1),
    "coupon": ("", "", "", "ANN10", "bob20", "NOBODY"),
}


def draw_visits(random: Random, least: int, most: int) -> list[dict[str, Any]]:
    return [_draw(random, VISIT) for _ in range(random.randint(least, most))]


def draw_told(random: Random) -> list[dict[str, Any]]:
    """Often of one order and event, as it takes several reports to be at odds."""
    told = [_draw(random, TOLD) for _ in range(random.randint(3, 12))]
    alike = _draw(random, TOLD)
    for each in told:
        each["age"] = random.choice(random.choice((LATELY, LATELY, LONG_AGO)))
        each["clicks"] = [random.randrange(1_001) for _ in range(random.choice((0, 1, 1, 2)))]
        if random.random() < 0.3:
            each |= {name: alike[name] for name in ("order", "event", "part")}
    return told


def _draw(random: Random, choices: dict[str, Sequence[Any]]) -> dict[str, Any]:
    return {name: random.choice(values) for name, values in choices.items()}
