"""Whatever happens to clicks, in whatever order, the tables are those of a batch recount (rules 3 to 6, 12 and 13)."""

import asyncio
import traceback
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.accounting.machine import Accounting
from tracking.clicks import relabel, store, uniques
from tracking.database import open_pool
from tracking.settings import Settings

STEPS = 10_000
MANY = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
# Steps that run at once may find a mistake the first time alone, and hypothesis wraps what it cannot show again.
FOUND = pytest.RaisesGroup(AssertionError, allow_unwrapped=True)


@pytest.fixture
def machine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Accounting]]:
    """With a loop of its own: the steps of a machine are plain functions."""
    for module in (store, relabel):
        monkeypatch.setattr(module, "maybe_crash", module.maybe_crash)  # put back what the machine leaves
    with asyncio.Runner() as loop:
        Accounting.loop, Accounting.pool, Accounting.steps = loop, loop.run(open_pool(settings, max_size=4)), 0
        yield Accounting
        loop.run(Accounting.pool.close())


@pytest.mark.feature("R3", "R4", "R5", "R6", "R12", "R13", "TR6", "TR7", "TR8", "TR10")
def test_ten_thousand_steps_in_any_order_give_the_tables_of_a_recount(machine: type[Accounting]) -> None:
    while machine.steps < STEPS:
        run_state_machine_as_test(machine, settings=MANY)


@pytest.mark.feature("R13")
@pytest.mark.parametrize(
    ("module", "statement", "note"),
    [
        (relabel, "_NOTE_CHANGES", "UPDATE click SET changed_at = now()"),
        (uniques, "_TAKE_OVER", "UPDATE click SET changed_at = now()"),
        (relabel, "_UPDATE", "changed_at = CASE WHEN new.is_told THEN now() ELSE click.changed_at END"),
    ],
)
def test_a_change_that_is_told_and_not_noted_is_found(
    machine: type[Accounting], monkeypatch: pytest.MonkeyPatch, module: ModuleType, statement: str, note: str
) -> None:
    """The negative control of `changed_at`: each place that may forget it."""
    forgetful = getattr(module, statement).replace(note, note.replace("now()", "NULL"))
    assert forgetful != getattr(module, statement)
    monkeypatch.setattr(module, statement, forgetful)

    with FOUND as raised:
        run_state_machine_as_test(machine, settings=settings(MANY, phases=[Phase.generate], max_examples=200))

    assert "changed_at" in find_failed_line(raised.value)


def find_failed_line(error: BaseException) -> str:
    found = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error
    return str(traceback.extract_tb(found.__traceback__)[-1].line)
