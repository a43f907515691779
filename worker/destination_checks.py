"""Looks once a week whether destinations still answer: every hour some of them, the longest unseen first."""

import asyncio
import time
from collections.abc import Iterable
from typing import Final

import asyncpg
import structlog

from tracking.links.destination_checks import DueDestination, Outcome, list_due_destinations, record_outcome
from worker.destination_probe import DestinationProbe

HOSTS_AT_ONCE: Final = 10
SUSPICIOUS_HOSTS: Final = 3
PAUSE_S: Final = 0.5  # between two looks at the same host
RUN_S: Final = 1_500  # of the half hour that the job has: hosts that never answer must not use up all of it

log = structlog.get_logger()


async def check_due_destinations(
    pool: asyncpg.Pool, probe: DestinationProbe, *, pause_s: float = PAUSE_S, run_s: float = RUN_S
) -> int:
    """Look at what is due, up to a bound; how many it was. Killed half-way, what was recorded stays recorded.

    Where nobody at all answers, the trouble is more likely ours: nothing is recorded, and the next run looks again.
    """
    ends_at = time.monotonic() + run_s
    looked: list[DueDestination] = []
    due = await list_due_destinations(pool)
    queues = list(_group_by_host(due))
    turns = asyncio.Semaphore(HOSTS_AT_ONCE)
    silent: list[tuple[DueDestination, Outcome]] = []

    async def look_at_host(queue: list[DueDestination]) -> None:
        async with turns:
            for place, destination in enumerate(queue):
                if place:
                    await asyncio.sleep(pause_s)
                if time.monotonic() >= ends_at:
                    return
                looked.append(destination)
                outcome = await probe.look(destination.url)
                if outcome.is_silence:
                    silent.append((destination, outcome))
                else:
                    await _record(pool, destination, outcome)

    async with asyncio.TaskGroup() as hosts:
        for queue in queues:
            hosts.create_task(look_at_host(queue))
    if silent and len(silent) == len(looked) and len(queues) >= SUSPICIOUS_HOSTS:
        log.warning("no destination answers: can this worker reach the internet?", hosts=len(queues))
        return len(looked)
    for destination, outcome in silent:
        await _record(pool, destination, outcome)
    return len(looked)


def _group_by_host(due: Iterable[DueDestination]) -> Iterable[list[DueDestination]]:
    """One host is never asked twice at once."""
    queues: dict[str, list[DueDestination]] = {}
    for destination in due:
        queues.setdefault(destination.url.split("/", 3)[2], []).append(destination)
    return queues.values()


async def _record(pool: asyncpg.Pool, destination: DueDestination, outcome: Outcome) -> None:
    noticed = await record_outcome(pool, destination, outcome)
    if noticed:
        log.info("destination broken", finding=outcome.finding, creators=noticed)
