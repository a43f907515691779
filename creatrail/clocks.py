"""Whether a store's clock and this machine's agree: clicks have the time of redirectors, much else that of stores."""

from typing import Final

MAX_SKEW_S: Final = 5.0


def describe_skew(before_s: float, theirs_s: float, after_s: float) -> str | None:
    """What is wrong with a clock that was read between two looks at ours; None when nothing is."""
    apart_s = max(before_s - theirs_s, theirs_s - after_s)
    if apart_s <= MAX_SKEW_S:
        return None
    return f"its clock and this machine's are {apart_s:.0f} s apart: let both keep time by NTP"
