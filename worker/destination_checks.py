"""Looks once a week whether destinations still answer: every hour some of them, the longest unseen first."""

import asyncio
from collections.abc import Iterable
from typing import Final

import asyncpg
import structlog

from tracking.links.destination_checks import DueDestination, Outcome, list_due_destinations, record_outcome
from worker.destination_probe import DestinationProbe

HOSTS_AT_ONCE: Final = 10
SUSPICIOUS_HOSTS: Final = 3
PAUSE_S: Final = 0.5  # between two looks at the same host

log = structlog.get_logger()


async def check_due_destinations(pool: asyncpg.Pool, probe: DestinationProbe, *, pause_s: float = PAUSE_S) -> int:
    """Look at what is due, up to a bound; how many it was. Killed half-way, what was recorded stays recorded.

    Where nobody at all answers, the trouble is more likely ours: nothing is recorded, and the next run looks again.
    """
    due = await list_due_destinations(pool)
    queues = list(_group_by_host(due))
    turns = asyncio.Semaphore(HOSTS_AT_ONCE)
    silent: list[tuple[DueDestination, Outcome]] = []

    async def look_at_host(queue: list[DueDestination]) -> None:
        async with turns:
            for place, destination in enumerate(queue):
                if place:
                    await asyncio.sleep(pause_s)
                outcome = await probe.look(destination.url)
                if outcome.is_silence:
                    silent.append((destination, outcome))
                else:
                    await _record(pool, destination, outcome)

    async with asyncio.TaskGroup() as hosts:
        for queue in queues:
            hosts.create_task(look_at_host(queue))
    if len(silent) == len(due) and len(queues) >= SUSPICIOUS_HOSTS:
        log.warning("no destination answers: can this worker reach the internet?", hosts=len(queues))
        return len(due)
    for destination, outcome in silent:
        await _record(pool, destination, outcome)
    return len(due)


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
