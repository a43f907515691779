"""Whatever happens to orders, in whatever order, they stand and count as an oracle says that knows only the rules."""

from random import SystemRandom
from typing import Any

import asyncpg
import hypothesis
import pytest

from tests.crediting.clock import hold_clock
from tests.crediting.walking import begin, walk
from tracking.conversions import corrections
from tracking.conversions.kinds import Proof

WALKS = 25
STEPS = 20
WALKS_OF_FUZZ = 500
A_SALE = {
    "order": "T1",
    "event": "sale",
    "proof": Proof.API_KEY,
    "link": 0,
    "revenue": "12.50",
    "currency": "EUR",
    "coupon": "",
}
TWO_REFUNDS = [{**A_SALE, "event": "refund", "part": part, "revenue": "10"} for part in ("a", "b")]


@pytest.mark.feature("R7", "R12", "TR9", "TR13", "TR16", "TR17", "TR21")
async def test_orders_stand_as_the_rules_say_whatever_happens_to_them(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same steps everywhere in the suite; `./dev fuzz` takes others, and tells the seed of a walk that fails."""
    is_long = hypothesis.settings().max_examples > WALKS_OF_FUZZ
    first = SystemRandom().randrange(1_000_000) if is_long else 0
    for seed in range(first, first + (WALKS_OF_FUZZ if is_long else WALKS)):
        hold_clock(monkeypatch)
        await walk(pool, seed, STEPS)


def _take_nothing(remaining: Any, _: Any) -> Any:
    return remaining


@pytest.mark.feature("R7")
async def test_refunds_above_their_sale_are_found(pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: of a sale of 12.50 a second refund of 10.00 is rejected, unless the first is forgotten."""
    hold_clock(monkeypatch)
    await (await begin(pool, 1)).report([A_SALE, *TWO_REFUNDS])

    monkeypatch.setattr(corrections, "_take", _take_nothing)
    with pytest.raises(AssertionError, match="reason: NONE, not ABOVE_SALE"):
        await (await begin(pool, 2)).report([A_SALE, *TWO_REFUNDS])
