"""PostgreSQL dies, is restarted, stays away for long, or hangs."""

import os
import signal
from collections.abc import Callable
from typing import Final

from creatrail.embedded.server_process import find_processes_in
from tests.chaos.trial import Scenario, Trial

LONG_STEPS: Final = 10  # for each round
STOP_S: Final = 30.0


def kill_postgres(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.postgres.crash()
        trial.let_pass()
        trial.system.postgres.start()


def restart_postgres(how: signal.Signals) -> Callable[[Trial], None]:
    """SIGINT is what PostgreSQL calls a fast shutdown, SIGQUIT an immediate one."""

    def restart(trial: Trial) -> None:
        for _ in range(2 * trial.pace.rounds):
            trial.let_pass()
            os.kill(trial.system.postgres.server.pid, how)
            assert trial.system.postgres.server.has_ended(within_s=STOP_S)
            trial.system.postgres.start()

    return restart


def keep_postgres_down(trial: Trial) -> None:
    trial.let_pass()
    trial.system.postgres.crash()
    for _ in range(LONG_STEPS * trial.pace.rounds):
        trial.let_pass()
    trial.system.postgres.start()
    trial.let_pass()


def freeze_postgres(trial: Trial) -> None:
    """The server and every process of it: connections stay, and nobody answers on them."""
    trial.let_pass()
    frozen = find_processes_in(trial.system.postgres.data)
    send_signal(frozen, signal.SIGSTOP)
    try:
        for _ in range(LONG_STEPS * trial.pace.rounds // 2):
            trial.let_pass()
    finally:
        send_signal(frozen, signal.SIGCONT)
    trial.let_pass()


def send_signal(processes: list[int], signal_: signal.Signals) -> None:
    for process in processes:
        os.kill(process, signal_)


SCENARIOS: Final = (
    Scenario("F6", "kill -9 of PostgreSQL", kill_postgres, is_in_suite=True),
    Scenario("F6", "PostgreSQL is restarted fast", restart_postgres(signal.SIGINT)),
    Scenario("F6", "PostgreSQL is restarted at once", restart_postgres(signal.SIGQUIT)),
    Scenario("F6", "PostgreSQL stays away", keep_postgres_down),
    Scenario("F6", "PostgreSQL hangs", freeze_postgres),
)
