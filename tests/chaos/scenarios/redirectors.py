"""A redirector dies, or is stopped as a deployment does."""

from typing import Final

from tests.chaos.scenarios.starts import kill_and_start
from tests.chaos.trial import Scenario, Trial


def kill_redirector(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        kill_and_start(trial, "redirector")


def stop_redirector(trial: Trial) -> None:
    """As a deployment does."""
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.programs["redirector"].stop()
        trial.system.programs["redirector"].start()


def let_crash_without_valkey(trial: Trial) -> None:
    """For the crash points of the spool, which is in use only while Valkey is down, and just after."""
    while trial.count_crashes() < trial.pace.rounds:
        trial.system.valkey.crash()
        trial.let_pass()
        trial.system.valkey.start()
        trial.let_pass()
        trial.let_pass()  # long enough for the spool to be found and sent


SCENARIOS: Final = (
    Scenario("F7", "kill -9 of the redirector", kill_redirector, is_in_suite=True),
    Scenario("F7", "the redirector stops politely", stop_redirector),
    Scenario("F7", "redirector dies at after_xadd", Trial.let_crash, "after_xadd:0.01", "redirector"),
    Scenario(
        "F7", "redirector dies at after_spool_write", let_crash_without_valkey, "after_spool_write:0.05", "redirector"
    ),
    Scenario("F7", "redirector dies at before_unlink", let_crash_without_valkey, "before_unlink:0.7", "redirector"),
)
