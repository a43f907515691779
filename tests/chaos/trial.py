"""One run of a scenario: programs on shared stores, load on a site of its own, what breaks, and the verdict."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.chaos.load import Load, LoadResult, running_load
from tests.chaos.oracle import Findings, drain, examine
from tests.chaos.site import Site, make_site
from tests.e2e.system import System

CONNECTIONS: Final = 16


@dataclass(frozen=True)
class Pace:
    """How much load, and how often something breaks: a few seconds in the suite, longer in `./dev chaos`."""

    requests_per_s: float
    step: int  # answers between two disturbances
    rounds: int
    max_requests: int
    orders: int  # that are each reported by 50 at once


UNANSWERED: Final = frozenset({"unanswered"})  # of connections that break with their redirector, or their host
SHORT: Final = Pace(requests_per_s=200, step=150, rounds=1, max_requests=60_000, orders=20)
LONG: Final = Pace(requests_per_s=500, step=500, rounds=3, max_requests=120_000, orders=1_000)


@dataclass(frozen=True)
class Trial:
    """What a scenario has in hand while the load runs."""

    system: System
    scenario: "Scenario"
    site: Site
    load: Load
    pace: Pace

    def let_pass(self) -> None:
        """Until the audience has got one more step of answers."""
        self.load.wait_for_more(self.pace.step)

    def count_crashes(self) -> int:
        return sum(program.deaths for program in self.system.programs.values())

    def let_crash(self) -> None:
        """Until the crash points that the scenario armed have killed something in every round."""
        self.let_pass()
        while self.count_crashes() < self.pace.rounds:
            self.load.wait_for_more(20)


@dataclass(frozen=True)
class Scenario:
    number: str  # in docs/reliability.md
    name: str
    disturb: Callable[[Trial], None]
    faults: str = ""  # crash points, with their probabilities, of the programs of the `armed` kind
    armed: str = "ingest"
    programs: tuple[str, ...] = ("redirector", "ingest", "ingest 2")
    modules: Mapping[str, str] = field(default_factory=dict)  # to run in place of a program: negative controls
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # more variables, by program
    buyers: float = 0.0  # share of the clicks that become purchases
    networks: int = 1  # from which the audience comes
    addresses: int = 199  # of each network; very many clicks of one visitor are judged a program's
    copies: int = 3  # of each report of a purchase, at once
    requests_per_s: float | None = None  # in place of the pace's
    is_in_suite: bool = False  # or in `./dev chaos` alone
    forgives: frozenset[str] = frozenset()  # problems that it makes on purpose, and accounts for itself
    settle: Callable[[Trial, LoadResult], Awaitable[None]] | None = None  # proves more, when the load has ended
    find_obstacle: Callable[[], str] = str  # why it cannot run here, "" where it can

    @property
    def is_of_programs(self) -> bool:
        """Whether clicks that earned something turn out programs'."""
        return bool(self.buyers) and self.networks * self.addresses == 1


@dataclass(frozen=True)
class Outcome:
    scenario: Scenario
    findings: Findings
    load: LoadResult
    told: str  # by the programs

    @property
    def problems(self) -> list[str]:
        """What no scenario may do unless it means to: answer nothing, and have a program end that nobody killed."""
        found = [*self.findings.problems, f"{self.load.unanswered} unanswered"]
        if not self.scenario.faults:
            found.append(f"{self.findings.crashes} crashes")
        counted = [(int(problem.split()[0]), problem.split()[1], problem) for problem in found]
        return [problem for count, kind, problem in counted if count and kind not in self.scenario.forgives]

    def describe(self) -> list[str]:
        """A row of the table. Mismatches: counters and unique rows that a recount contradicts. Then the purchases."""
        findings, load = self.findings, self.load
        counts = (findings.accepted, findings.crashes, findings.lost, findings.doubled + findings.unannounced)
        return [
            self.scenario.number,
            self.scenario.name,
            *(f"{count:,}" for count in counts),
            f"{findings.extra} of {load.unanswered}",
            str(findings.wrong_cells + findings.wrong_uniques),
            f"{findings.sales.sales:,}",
            str(sum(int(problem.split()[0]) for problem in findings.sales.problems)),
            f"{findings.drain_s:.1f}",
            f"{load.p50_ms:.1f}",
            f"{load.p99_ms:.0f}",
            f"{load.max_ms:.0f}",
            f"{load.longest_gap_s:.1f}",
        ]


async def run_trial(system: System, scenario: Scenario, pace: Pace) -> Outcome:
    site = await set_stage(system)
    for name in scenario.programs:
        faults = scenario.faults if name.startswith(scenario.armed) else ""
        system.launch(name, scenario.modules.get(name), FAULTS=faults, **scenario.settings.get(name, {}))
    try:
        for program in system.programs.values():
            program.wait_ready()
        with running_load(system, **describe_load(system, scenario, site, pace)) as load:
            load.wait_for_more(5 * len(site.slugs))  # until every link has been looked up
            trial = Trial(system, scenario, site, load, pace)
            scenario.disturb(trial)
            for name, program in system.programs.items():
                if scenario.faults and name.startswith(scenario.armed):
                    program.disarm()
            result = load.finish()
        if scenario.settle:
            await scenario.settle(trial, result)
        findings = await examine(system, site, result, await drain(system))
        return Outcome(scenario, findings, result, system.describe())
    finally:
        system.stop()


async def set_stage(system: System) -> Site:
    """Nobody has to do with what earlier scenarios left, not even those that failed."""
    for store in (system.postgres, system.valkey):
        if store.server.has_ended():
            store.start()
    connection = await system.open_database()
    try:
        for follower in ("behaviour_state", "conversion_follower", "dimension_state"):
            await connection.execute(
                f"UPDATE {follower} SET position = coalesce((SELECT max(position) FROM event_log), position)"
            )
        return await make_site(connection)
    finally:
        await connection.close()


def describe_load(system: System, scenario: Scenario, site: Site, pace: Pace) -> dict[str, Any]:
    redirectors = [program for name, program in system.programs.items() if name.startswith("redirector")]
    return {
        "ports": [program.port for program in redirectors],
        "servers": [program.address for program in redirectors],
        "host": site.host,
        "slugs": site.slugs,
        "connections": CONNECTIONS,
        "requests_per_s": scenario.requests_per_s or pace.requests_per_s,
        "max_requests": pace.max_requests,
        "buyers": scenario.buyers,
        "networks": scenario.networks,
        "addresses": scenario.addresses,
        "copies": scenario.copies,
    }
