"""The whole service on two Valkeys that share the click stream, and what may happen to the second of them."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Final

from creatrail.embedded.valkey import EmbeddedValkey
from tests.chaos.scenarios.valkey import cut_tail
from tests.chaos.trial import Scenario, Trial
from tests.e2e.system import System, open_system
from tests.servers import own_valkey

SETTING: Final = "CLICK_REDIS_URLS"


class ShardedSystem(System):
    """Jobs and wake-up calls stay with the first Valkey."""

    second: EmbeddedValkey


@asynccontextmanager
async def open_sharded_system() -> AsyncIterator[ShardedSystem]:
    with ExitStack() as running:
        second = running.enter_context(own_valkey())
        async with open_system() as whole:
            system = ShardedSystem(whole.state, whole.postgres, whole.valkey)
            running.callback(system.stop)
            system.second = second
            system.environment[SETTING] = f"{whole.valkey.url},{second.url}"
            yield system
            system.stop()


def find_second(trial: Trial) -> EmbeddedValkey:
    assert isinstance(trial.system, ShardedSystem)
    return trial.system.second


def kill_second(trial: Trial) -> None:
    second = find_second(trial)
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        second.crash()
        trial.let_pass()
        second.start()


def cut_tail_of_second(trial: Trial) -> None:
    """What it had acknowledged is lost with the end of its file, while no worker has read it yet."""
    second = find_second(trial)
    for _ in range(trial.pace.rounds):
        trial.system.programs["ingest"].crash()
        trial.let_pass()
        second.crash()
        cut_tail(second.data)
        second.start()
        trial.let_pass()
        trial.system.programs["ingest"].start()


def freeze_second(trial: Trial) -> None:
    second = find_second(trial)
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        os.kill(second.server.pid, signal.SIGSTOP)
        trial.let_pass()
        os.kill(second.server.pid, signal.SIGCONT)


def kill_in_turn(trial: Trial) -> None:
    """First one, then the other, then both at once."""
    second = find_second(trial)
    for _ in range(trial.pace.rounds):
        for killed in ([trial.system.valkey], [second], [trial.system.valkey, second]):
            trial.let_pass()
            for valkey in killed:
                valkey.crash()
            trial.let_pass()
            for valkey in killed:
                valkey.start()


SCENARIOS: Final = (
    Scenario("shards", "kill -9 of one of two Valkeys", kill_second, is_in_suite=True),
    Scenario("shards", "one of two Valkeys loses its tail", cut_tail_of_second, programs=("redirector", "ingest")),
    Scenario("shards", "one of two Valkeys hangs", freeze_second),
    Scenario("shards", "kill -9 of each of two Valkeys, and of both", kill_in_turn),
)
