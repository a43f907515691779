"""Whether a creator does well reliably, or did so once (CU9). Pure."""

from collections.abc import Sequence
from statistics import median, quantiles
from typing import Final, NamedTuple

from tracking.reports.rates import Rate

ENOUGH_CAMPAIGNS: Final = 3  # of two nobody can say which is the exception
ONE_OFF_FACTOR: Final = 3  # times the median of the others
NEAR_PART: Final = 0.5  # of the best: who reaches it came near
ENOUGH_NEAR: Final = 2  # others that came near show that the best can be repeated


class CampaignRate(NamedTuple):
    campaign_id: int
    name: str
    rate: Rate


class Consistency(NamedTuple):
    """Of campaigns with enough data. What cannot be said of so few is None; `reason` says in words why it is so."""

    compared: list[CampaignRate]
    left_out: int
    median: float | None
    quartiles: tuple[float, float] | None
    lowest: CampaignRate | None
    highest: CampaignRate | None
    is_one_off: bool | None
    reason: str


def assess(campaigns: Sequence[CampaignRate], left_out: int) -> Consistency:
    """`left_out` are campaigns without a rate. Of the others those with too little data are left out, too."""
    compared = [each for each in campaigns if each.rate.has_enough_data]
    values = [each.rate.value for each in compared]
    is_one_off, reason = _find_one_off(compared)
    lower, _, upper = quantiles(values, method="inclusive") if len(values) > 1 else (0.0, 0.0, 0.0)
    return Consistency(
        compared=compared,
        left_out=left_out + len(campaigns) - len(compared),
        median=median(values) if values else None,
        quartiles=(lower, upper) if len(values) > 1 else None,
        lowest=min(compared, key=lambda each: each.rate.value, default=None),
        highest=max(compared, key=lambda each: each.rate.value, default=None),
        is_one_off=is_one_off,
        reason=reason,
    )


def _find_one_off(compared: Sequence[CampaignRate]) -> tuple[bool | None, str]:
    if len(compared) < ENOUGH_CAMPAIGNS:
        counted = f"{len(compared)} of the campaigns have" if len(compared) != 1 else "1 of the campaigns has"
        return None, f"{counted} enough data: from {ENOUGH_CAMPAIGNS} on an exception can be told."
    best = max(compared, key=lambda each: each.rate.value)
    others = [each.rate.value for each in compared if each is not best]
    usual, near = median(others), sum(value >= NEAR_PART * best.rate.value for value in others)
    is_one_off = best.rate.value > ONE_OFF_FACTOR * usual and near < ENOUGH_NEAR
    found = (
        f"{best.name} brought {_write(best.rate.value)}, {best.rate.value / usual:.1f} times the median of the other"
        f" {len(others)} campaigns, {_write(usual)}"
    )
    reached = f"{near} of them reached half of that" if near else "none of them reached half of that"
    return is_one_off, f"{found}; {reached}."


def _write(rate: float) -> str:
    return f"{rate * 100:.2g} %"
