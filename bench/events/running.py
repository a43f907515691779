"""One run: the service, its subscribers, clicks at an even rate, and what was seen of the api meanwhile."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Final, NamedTuple

from bench.events.feeding import feed_clicks
from bench.events.lateness import Told, Window, compare, read_clicks
from bench.events.plan import WHOLE, Plan, Received, read_received, write_plan
from bench.events.revoking import Closed, measure_revocation
from bench.events.slow import SlowReader, read_slowly
from bench.programs import Program, run_program
from bench.service import Service
from bench.stores import Stores
from tracking.clock import utc_now
from tracking.graph_ids import write_graph_id

CLICKS_PER_S: Final = 200
SAMPLE_EVERY_S: Final = 0.5
WARM_UP_S: Final = 3.0
SHORTEST_PART_S: Final = 5.0
PARTS: Final = 20  # of the steady time: so long is each part with and without the slow subscriber
AT_THE_END: Final = dt.timedelta(seconds=60)  # more clicks than the run may need

NOT_YET: Final = Window(0, 0)


class Sample(NamedTuple):
    at_s: float
    rss_mb: float
    cpu_s: float
    wait_s: float


class Round(NamedTuple):
    without: Window
    with_slow: Window


@dataclass
class Watched:
    """What one process held and used, twice a second."""

    samples: list[Sample] = field(default_factory=list)

    def read_rss_mb(self, at_s: float, width_s: float) -> float:
        """The median around a moment."""
        return median(each.rss_mb for each in self.samples if abs(each.at_s - at_s) <= width_s / 2)

    def find_peak_mb(self) -> float:
        return max(each.rss_mb for each in self.samples)

    def read_shares(self, window: Window) -> tuple[float, float]:
        """Of the time: for which it had a core, and for which it waited for one."""
        inside = [each for each in self.samples if window.start_s <= each.at_s <= window.end_s]
        first, last = inside[0], inside[-1]
        seconds = last.at_s - first.at_s
        return (last.cpu_s - first.cpu_s) / seconds, (last.wait_s - first.wait_s) / seconds


@dataclass
class Seen:
    steady: Window
    rounds: list[Round]
    slow: list[SlowReader]
    revoked: list[Closed]
    watched: dict[str, Watched]
    told: Told
    received: Received
    fed_latest_ms: int


def measure(stores: Stores, service: Service, subscribers: int, seconds: float, rounds: int) -> Seen:
    links = service.account.links[:subscribers]
    plan = Plan(
        url=f"http://127.0.0.1:{service.api_port}/graphql",
        api_key=service.api_key,
        link_ids=[write_graph_id("Link", link.link_id) for link in links],
        whole=WHOLE,
        answer=str(stores.folder / "received"),
    )
    with _run_subscribers(stores, plan) as client:
        watched = {"subscribers": client, "api": service.programs["api"], "worker": service.programs["worker --ingest"]}
        run = Run(stores, service, {name: (program, Watched()) for name, program in watched.items()})
        asyncio.run(run.go(seconds, rounds))
    received = read_received(stores.folder / "received")
    told = compare(received, asyncio.run(read_clicks(stores.postgres.url)), links)
    found = {name: of_it for name, (_, of_it) in run.programs.items()}
    return Seen(run.steady, run.rounds, run.slow, run.revoked, found, told, received, run.fed_latest_ms)


@contextmanager
def _run_subscribers(stores: Stores, plan: Plan) -> Iterator[Program]:
    path = stores.folder / "plan"
    write_plan(plan, path)
    arguments = ["bench.events.client", str(path)]
    with run_program("subscribers", arguments, stores.make_environment(), stores.folder / "subscribers.log") as program:
        yield program


@dataclass
class Run:
    stores: Stores
    service: Service
    programs: dict[str, tuple[Program, Watched]]
    steady: Window = NOT_YET
    rounds: list[Round] = field(default_factory=list)
    slow: list[SlowReader] = field(default_factory=list)
    revoked: list[Closed] = field(default_factory=list)
    fed_latest_ms: int = 0

    async def go(self, seconds: float, rounds: int) -> None:
        part_s = max(seconds / PARTS, SHORTEST_PART_S)
        longest = dt.timedelta(seconds=WARM_UP_S + seconds + 2 * rounds * part_s) + AT_THE_END
        async with feed_clicks(self.stores, self.service.account, CLICKS_PER_S, longest) as feed, self._watching():
            await asyncio.sleep(WARM_UP_S)
            self.steady = await _pass(seconds)
            for _ in range(rounds):
                await self._measure_slow(part_s)
            self.revoked = await measure_revocation(self.stores.make_settings(), self.service)
            self.fed_latest_ms = feed.latest_ms

    async def _measure_slow(self, part_s: float) -> None:
        without = await _pass(part_s)
        with read_slowly(self.service.api_port, self.service.api_key) as reader:
            self.slow.append(reader)
            self.rounds.append(Round(without, await _pass(part_s)))

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            for program, watched in self.programs.values():
                sample = Sample(_now_s(), program.read_rss_mb(), program.read_cpu_s(), program.read_wait_s())
                watched.samples.append(sample)
            await asyncio.sleep(SAMPLE_EVERY_S)


async def _pass(seconds: float) -> Window:
    start_s = _now_s()
    await asyncio.sleep(seconds)
    return Window(start_s, _now_s())


def _now_s() -> float:
    return utc_now().timestamp()
