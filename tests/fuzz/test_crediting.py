"""Whatever happens to orders, in whatever order, they stand and count as an oracle says that knows only the rules."""

import asyncio
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test

from tests.crediting.comparing import Compared
from tests.crediting.machine import Crediting
from tracking.conversions import corrections
from tracking.database import open_pool
from tracking.settings import Settings

EXAMPLES = 25
STEPS_OF_FUZZ = 100_000
# Not made smaller when it fails: every step asks PostgreSQL, and what failed is told with all that led to it.
MANY = hypothesis.settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def machine(settings: Settings) -> Iterator[type[Crediting]]:
    """With a loop of its own: the steps of a machine are plain functions."""
    with asyncio.Runner() as loop:
        Compared.loop, Compared.pool, Compared.steps = loop, loop.run(open_pool(settings, max_size=4)), 0
        yield Crediting
        loop.run(Compared.pool.close())


@pytest.mark.feature("R7", "R12", "TR9", "TR13", "TR16", "TR17", "TR21")
def test_orders_stand_as_the_rules_say_whatever_happens_to_them(machine: type[Crediting]) -> None:
    """The same steps each time in the suite; `./dev fuzz` thinks of others."""
    is_long = hypothesis.settings().max_examples >= STEPS_OF_FUZZ // 100
    while is_long and machine.steps < STEPS_OF_FUZZ:
        run_state_machine_as_test(machine, settings=MANY)
    if not is_long:
        run_state_machine_as_test(machine, settings=hypothesis.settings(MANY, max_examples=EXAMPLES, derandomize=True))


def _take_nothing(remaining: Any, _: Any) -> Any:
    return remaining


@pytest.mark.feature("R7")
def test_refunds_above_their_sale_are_found(machine: type[Crediting], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "_take", _take_nothing)

    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=hypothesis.settings(MANY, max_examples=300, derandomize=True))
