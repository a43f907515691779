"""Clicks become purchases, and something dies."""

import itertools
from typing import Any, Final

from tests.chaos.buyers import MANY_COPIES
from tests.chaos.load import LoadResult
from tests.chaos.load_client import PROGRESS_EVERY
from tests.chaos.scenarios.postgres import kill_postgres
from tests.chaos.scenarios.starts import kill_and_start, leave_alone
from tests.chaos.scenarios.valkey import kill_valkey
from tests.chaos.trial import UNANSWERED, Scenario, Trial

PASSES_OF_PROGRAMS: Final = 8


def kill_redirector_and_workers(trial: Trial) -> None:
    for name, _ in zip(itertools.cycle(("ingest", "ingest 2")), range(trial.pace.rounds), strict=False):
        trial.let_pass()
        kill_and_start(trial, "redirector")
        kill_and_start(trial, name)
        trial.let_pass()
        kill_and_start(trial, "jobs")


def let_programs_show(trial: Trial) -> None:
    """So many clicks that behaviour passes see what no single one tells; then whatever was armed may strike."""
    for _ in range(PASSES_OF_PROGRAMS):
        trial.let_pass()
    if trial.scenario.faults:
        trial.let_crash()


def sell_to_everybody(trial: Trial) -> None:
    """One in twenty is a crawler, which buys nothing."""
    for _ in range(0, round(1.1 * trial.pace.orders), PROGRESS_EVERY):
        trial.load.wait_for_more(PROGRESS_EVERY)


async def count_orders(trial: Trial, result: LoadResult) -> None:
    """Every one of 50 copies was answered, and with the same id."""
    assert len(result.purchases) >= trial.pace.orders
    assert all(len(purchase.ids) == 1 and not purchase.refused for purchase in result.purchases)


# From so many networks that clicks stay people's, and earn.
_SELLING: Final[dict[str, Any]] = {
    "programs": ("redirector", "ingest", "ingest 2", "jobs"),
    "buyers": 0.1,
    "networks": 800,
}

SCENARIOS: Final = (
    Scenario("-", "selling, nothing breaks", leave_alone, **_SELLING),
    Scenario(
        "F1, F7",
        "selling, kill -9 of redirector, workers and jobs",
        kill_redirector_and_workers,
        is_in_suite=True,
        forgives=UNANSWERED,
        **_SELLING,
    ),
    Scenario("F2", "selling, kill -9 of Valkey", kill_valkey, **_SELLING),
    Scenario("F6", "selling, kill -9 of PostgreSQL", kill_postgres, **_SELLING),
    *(
        Scenario("F1", f"selling, workers die at {point}", Trial.let_crash, f"{point}:0.1", **_SELLING)
        for point in ("after_read", "after_conversion_insert", "before_conversion_commit", "after_commit")
    ),
    Scenario(
        "F19",
        "50 reports of each order at once",
        sell_to_everybody,
        copies=MANY_COPIES,
        requests_per_s=15,
        settle=count_orders,
        **{**_SELLING, "buyers": 1.0},
    ),
    # From one address, so that very many clicks are judged anew, and what they earned with them.
    Scenario(
        "F1",
        "clicks turn out programs', jobs die",
        let_programs_show,
        "after_relabel:0.1,before_relabel_commit:0.1,between_behaviour_changes:0.1,before_behaviour_position:0.05",
        "jobs",
        **{**_SELLING, "networks": 1, "addresses": 1},
    ),
)
