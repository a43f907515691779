"""`./dev bench reports`: what reports cost with ten million clicks beside what they cost with one, by the real api."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from statistics import median
from typing import Final, NamedTuple

from bench.figures import Figure, Gate, Outcome, Table
from bench.graph_client import GraphClient, open_graph
from bench.programs import BenchError, run_program
from bench.reports.accounts import Years, find_size, make_years
from bench.reports.questions import PAGE, QUERIES, REPORT, TABLE, make_variables, write_page_path
from bench.stores import Stores, find_free_port, open_stores

CLICKS: Final = 10_000_000
TIMES: Final = 10  # the clicks of one account, as many times those of the other
ASKED_A_ROUND: Final = 6
RATIO: Final = Gate(1.5, is_ceiling=True)
MINUTES: Final = Gate(15, is_ceiling=True)
GATED: Final = {REPORT: "report_ratio", TABLE: "main_table_ratio"}


class Asker(NamedTuple):
    """One account behind an api of its own."""

    years: Years
    graph: GraphClient
    origin: str

    async def ask(self, name: str) -> float:
        """How many milliseconds its answer took."""
        started_at = time.perf_counter()
        if name == PAGE:
            await self._open_page()
        else:
            await self.graph.ask(QUERIES[name], **make_variables(self.years, QUERIES[name]))
        return (time.perf_counter() - started_at) * 1000

    async def _open_page(self) -> None:
        async with self.graph.session.get(self.origin + write_page_path(self.years)) as response:
            text = await response.text()
            if response.status != 200:
                raise BenchError(f"the report page was answered {response.status}: {text[:200]}")


class Answered(NamedTuple):
    """Milliseconds of each round, of the account with fewer clicks and of that with more."""

    name: str
    fewer: list[float]
    more: list[float]

    @property
    def ratios(self) -> Sequence[float]:
        return [more / fewer for fewer, more in zip(self.fewer, self.more, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.more) / median(self.fewer)


def run(rounds: int, clicks: int = CLICKS) -> Outcome:
    with open_stores() as stores:
        size = find_size(clicks)
        more = asyncio.run(make_years(stores, "more", clicks, size))
        fewer = asyncio.run(make_years(stores, "fewer", clicks // TIMES, size))
        if more.days_of_creators != fewer.days_of_creators:
            raise BenchError(
                f"{more.days_of_creators} and {fewer.days_of_creators} days of creators cannot be compared"
            )
        answered = _measure(stores, fewer, more, rounds)
    return _describe(fewer, more, answered)


def _measure(stores: Stores, fewer: Years, more: Years, rounds: int) -> list[Answered]:
    with ExitStack() as running:
        ports = []
        for years in (fewer, more):
            port = find_free_port()
            environment = stores.make_environment(DATABASE_URL=years.database_url, API_PORT=str(port))
            log = stores.folder / f"api-{port}.log"
            running.enter_context(run_program("api", ["creatrail", "api"], environment, log))
            ports.append(port)
        return asyncio.run(_ask_both(fewer, more, ports, rounds))


async def _ask_both(fewer: Years, more: Years, ports: Sequence[int], rounds: int) -> list[Answered]:
    """In turn, so that both meet the same disturbance. What a round says is its median."""
    async with AsyncExitStack() as opened:
        askers = [
            Asker(years, await opened.enter_async_context(open_graph(port, years.api_key)), f"http://127.0.0.1:{port}")
            for years, port in zip((fewer, more), ports, strict=True)
        ]
        found = {name: Answered(name, [], []) for name in (*QUERIES, PAGE)}
        for name in found:
            for asker in askers:
                await asker.ask(name)  # parsed, validated, planned and in memory from here on
        for _ in range(rounds):
            for name, answered in found.items():
                ms = [[await asker.ask(name) for asker in askers] for _ in range(ASKED_A_ROUND)]
                of_fewer, of_more = (median(each) for each in zip(*ms, strict=True))
                answered.fewer.append(of_fewer)
                answered.more.append(of_more)
    return list(found.values())


def _describe(fewer: Years, more: Years, answered: Sequence[Answered]) -> Outcome:
    asked = [
        [each.name, _spread(each.fewer), _spread(each.more), f"{each.ratio:.2f}", _spread(each.ratios, "{:.2f}")]
        for each in answered
    ]
    made = [
        [f"{years.clicks:,}", f"{years.seeding_s / 60:.1f}", f"{years.seeding_cpu_s / 60:.1f}", f"{years.size_gb:.1f}"]
        for years in (fewer, more)
    ]
    title = (
        f"Over HTTP, ms: medians of rounds and their spread; {more.days_of_creators:,} days of creators with clicks in"
        f" both; the campaign has {more.creators_in_campaign} creators"
    )
    header = ["question", f"{fewer.clicks:,} clicks", f"{more.clicks:,} clicks", "ratio", "ratio of rounds"]
    ratios = [Figure(GATED[each.name], each.ratio, RATIO, each.ratios) for each in answered if each.name in GATED]
    return Outcome(
        "reports",
        tables=[
            Table("`creatrail seed --clicks`", ["clicks", "minutes", "of processors", "database, GB"], made),
            Table(title, header, asked),
        ],
        figures=[Figure("seed_minutes", more.seeding_s / 60, MINUTES), *ratios],
        details={each.name: {"fewer_ms": list(each.fewer), "more_ms": list(each.more)} for each in answered},
    )


def _spread(values: Sequence[float], form: str = "{:.1f}") -> str:
    middle, low, high = (form.format(each) for each in (median(values), min(values), max(values)))
    return f"{middle} ({low} to {high})"
