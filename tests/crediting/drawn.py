"""What hypothesis draws: clicks, and what somebody tells of an order."""

import datetime as dt

from hypothesis import strategies as st

from tests.clicking import BOT, HUMAN
from tracking.conversions.kinds import Proof

HALF_A_DAY = dt.timedelta(hours=12)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
# What came long ago waits for nothing any more; what came in the last days waits for clicks and sales.
ages = st.one_of(st.integers(0, 11), st.integers(0, 11), st.integers(62, 80))
offsets_ms = st.sampled_from([None, None, -1, 0, HOUR_MS, DAY_MS, DAY_MS + 1, 3 * DAY_MS, 3 * DAY_MS + 1, 28 * DAY_MS])
# Clicks come within a week, or are none: older ones were there before any report.
visits = st.fixed_dictionaries(
    {
        "age": st.integers(0, 11),
        "visitor": st.integers(1, 2),
        "link": st.integers(0, 5),
        "is_stored": st.sampled_from([True, True, True, False]),
        "is_foreign": st.sampled_from([False] * 7 + [True]),
        "user_agent": st.sampled_from([HUMAN, HUMAN, HUMAN, HUMAN, BOT]),
    }
)
told = st.fixed_dictionaries(
    {
        "order": st.sampled_from(["T1", "T1", "T2", "T3", "T4", ""]),
        "event": st.sampled_from(["sale", "sale", "sale", "lead", "demo", "refund", "refund", "chargeback", "void"]),
        "part": st.sampled_from(["", "a", "b"]),
        "proof": st.sampled_from([Proof.NONE, Proof.NONE, Proof.NONE, *Proof]),
        "age": ages,
        "offset_ms": offsets_ms,
        "revenue": st.sampled_from(["12.50", "12.50", "12.5", "10", "10", "5.05", ""]),
        "currency": st.sampled_from(["EUR", "EUR", "", "", "JPY"]),
        "clicks": st.lists(st.integers(0, 1_000), max_size=2),
        "cookie": st.sampled_from([None, None, None, 1, 2]),
        "link": st.sampled_from([None, None, 0, 1, 2, 3, 4, 5]),
        "offer": st.sampled_from([None, None, None, 0, 1]),
        "coupon": st.sampled_from(["", "", "", "ANN10", "bob20", "NOBODY"]),
    }
)
numbers = st.integers(0, 1_000)
