"""What happens while readers read: clicks are judged otherwise, and programs and stores are killed. Told by share."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gql.transport.exceptions import TransportError

from tests.e2e.brand import Brand
from tests.e2e.system import System
from tests.waiting import eventually

LINKS: Final = "query { links(first: 100) { nodes { id } } }"
RECLASSIFY: Final = """
    mutation ($links: [ID!]!, $verdict: Verdict!) {
      reclassifyClicks(input: {filter: {linkIds: $links}, verdict: $verdict}) { __typename }
    }
"""
GROUPS: Final = 4  # of links, judged otherwise one after the other
_OUTAGES: Final = (OSError, TransportError, TimeoutError)


@dataclass
class Stage:
    """What disturbances have in hand."""

    system: System
    brand: Brand
    links: list[str]
    _verdicts: Iterator[str] = field(default_factory=lambda: itertools.cycle(("BOT", "BOT", "HUMAN", "SUSPECT")))
    _groups: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(GROUPS)))

    async def leave_alone(self) -> None:
        return

    async def judge_otherwise(self) -> None:
        """A person's verdict on all clicks of some links."""
        given = {"links": self.links[next(self._groups) :: GROUPS], "verdict": next(self._verdicts)}

        async def ask() -> str:
            try:
                return str((await self.brand.ask(RECLASSIFY, **given))["__typename"])
            except _OUTAGES as error:
                return type(error).__name__

        await eventually(ask, lambda answer: answer == "ReclassifyClicksSuccess")

    async def judge_all_otherwise(self) -> None:
        for _ in range(GROUPS):
            await self.judge_otherwise()

    async def stop_api(self) -> None:
        """As a deployment does."""
        api = self.system.programs["api"]
        await asyncio.to_thread(api.stop)
        await self._start_api()

    async def kill_api(self) -> None:
        self.system.programs["api"].crash()
        await self._start_api()

    async def _start_api(self) -> None:
        self.system.programs["api"].launch()
        await asyncio.to_thread(self.system.programs["api"].wait_ready)

    async def kill_valkey(self) -> None:
        self.system.valkey.crash()
        await asyncio.sleep(1)
        await asyncio.to_thread(self.system.valkey.start)

    async def kill_postgres(self) -> None:
        self.system.postgres.crash()
        await asyncio.sleep(1)
        await asyncio.to_thread(self.system.postgres.start)


Disturbance = Callable[[Stage], Awaitable[None]]

# After which share of the events what happens.
PLAN: Final[tuple[tuple[float, Disturbance], ...]] = (
    (0.10, Stage.stop_api),
    (0.20, Stage.judge_otherwise),
    (0.25, Stage.kill_valkey),
    (0.35, Stage.judge_all_otherwise),
    (0.45, Stage.kill_api),
    (0.55, Stage.judge_otherwise),
    (0.60, Stage.kill_postgres),
    (0.70, Stage.judge_otherwise),
    (0.80, Stage.stop_api),
    (0.85, Stage.judge_otherwise),
)
