"""`./dev bench bots`: how well user agents alone tell programs from people, on any labelled set, and how fast."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.resources import files
from math import isnan
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

from crawleruseragents import CRAWLER_USER_AGENTS_DATA, is_crawler

from bench.figures import Figure, Gate, Outcome, Table
from bench.programs import BenchError
from bench.scores import Tally
from tests.people import BROWSERS, IN_APP
from tracking.bots.crawlers import REFUSED_PATTERNS
from tracking.bots.rules import ClickFacts, classify, classify_request
from tracking.bots.user_agents import judge_user_agent
from tracking.bots.verdicts import Verdict

PROGRAM_LABELS = frozenset({"bot", "preview", "prefetch"})
LABELS = frozenset({*PROGRAM_LABELS, "human"})
T = TypeVar("T")

# Apps that ask by themselves are suspect on purpose, as a person may stand behind each: told apart, in no rate.
APP = "app"
TIMED_STRINGS = 1_000  # of people, and as many of programs


class Row(NamedTuple):
    user_agent: str
    label: str
    kind: str

    @property
    def is_app(self) -> bool:
        return self.label == "human" and self.kind == APP


def run(rounds: int, data: Path | None = None) -> Outcome:
    rows = read_own_rows() if data is None else list(read_rows(data))
    if not rows:
        raise BenchError(f"{data} has no rows")
    judged = [(row, classify(ClickFacts(0, row.user_agent)).verdict) for row in rows]
    total, kinds = tally(judged)
    apps = [verdict for row, verdict in judged if row.is_app]
    speeds = [measure_speed(rows) for _ in range(rounds)]
    figures = [
        *list_rates(total, kinds),
        Figure("false_positives", total.false_positives),
        Figure("false_negatives", total.false_negatives),
        Figure.median("uncached_vs_is_crawler", (speed.uncached_ratio for speed in speeds), Gate(3)),
        Figure.median("cached_vs_is_crawler", (speed.cached_ratio for speed in speeds), Gate(30)),
    ]
    source = "the suite's own set" if data is None else data.name
    title = f"User agents: {len(rows):,} of {source}; 95 % intervals (Wilson); a suspect is taken for a person"
    notes = [f"apps that ask by themselves, in no rate: {len(apps)}, of them called bots: {apps.count(Verdict.BOT)}"]
    return Outcome(
        "bots",
        tables=[
            Table(title, Tally.HEADER, [total.describe("all"), *(kinds[kind].describe(kind) for kind in sorted(kinds))])
        ],
        figures=figures,
        notes=notes if apps else [],
        details={
            **total.as_json(),
            "kinds": {kind: kinds[kind].as_json() for kind in sorted(kinds)},
            "apps": {"rows": len(apps), **{each.name.lower(): apps.count(each) for each in Verdict}},
            "speed": Speed.as_json(speeds),
        },
    )


def list_rates(total: Tally, kinds: dict[str, Tally]) -> list[Figure]:
    """Those that the set can tell: one without programs has no recall."""
    rates = [("recall", total.recall, Gate(0.96)), ("precision", total.precision, Gate(0.98))]
    rates += [
        (f"false_positive_rate_{kind}", kinds[kind].false_positive_rate, Gate(bound, is_ceiling=True))
        for kind, bound in (("browser", 0.003), ("inapp", 0.005))
        if kind in kinds
    ]
    return [Figure(name, rate, gate) for name, rate, gate in rates if not isnan(rate)]


def read_rows(path: Path) -> Iterator[Row]:
    """JSON Lines of `ua`, `label` and, where there is one, `kind`. Raises BenchError that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BenchError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read_row(line, f"{path.name} line {number}")


def _read_row(line: str, place: str) -> Row:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise BenchError(f"{place} is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise BenchError(f"{place} is not an object")
    for name in ("ua", "label"):
        if not isinstance(fields.get(name), str):
            raise BenchError(f"{place} has no text as `{name}`")
    if fields["label"] not in LABELS:
        raise BenchError(f"{place}: `label` is {fields['label']!r}; it can be {', '.join(sorted(LABELS))}")
    return Row(fields["ua"], fields["label"], str(fields.get("kind") or fields["label"]))


def read_own_rows() -> list[Row]:
    """Examples of the list of crawlers, a package's browsers of the market, and the suite's browsers inside of apps."""
    examples = {
        example: "preview" if "social-preview" in entry.get("tags", ()) else "crawler"
        for entry in CRAWLER_USER_AGENTS_DATA
        if entry["pattern"] not in REFUSED_PATTERNS
        for example in entry["instances"]
    }
    market = files("fake_useragent").joinpath("data/browsers.jsonl").read_text().splitlines()
    browsers = {*BROWSERS, *(json.loads(line)["useragent"] for line in market)}
    return [
        *(Row(user_agent, "bot", kind) for user_agent, kind in sorted(examples.items())),
        *(Row(user_agent, "human", "browser") for user_agent in sorted(browsers)),
        *(Row(user_agent, "human", "inapp") for _, user_agent in IN_APP),
    ]


def tally(judged: Iterable[tuple[Row, Verdict]]) -> tuple[Tally, dict[str, Tally]]:
    total, kinds = Tally(), defaultdict[str, Tally](Tally)
    for row, verdict in judged:
        if row.is_app:
            continue
        for each in (total, kinds[row.kind]):
            each.add(is_program=row.label in PROGRAM_LABELS, verdict=verdict)
    return total, dict(kinds)


class Speed(NamedTuple):
    """Microseconds of processor time for one user agent."""

    is_crawler_us: float
    uncached_us: float
    cached_us: float

    @property
    def uncached_ratio(self) -> float:
        return self.is_crawler_us / self.uncached_us

    @property
    def cached_ratio(self) -> float:
        return self.is_crawler_us / self.cached_us

    @staticmethod
    def as_json(rounds: list["Speed"]) -> dict[str, float]:
        return {
            **{name: round(median(getattr(each, name) for each in rounds), 3) for name in Speed._fields},
            "uncached_ratio": round(median(each.uncached_ratio for each in rounds), 2),
            "cached_ratio": round(median(each.cached_ratio for each in rounds), 2),
        }


def measure_speed(rows: list[Row]) -> Speed:
    """Both on the same strings, half of them of people: the list finds its own examples far sooner than it lets go."""
    timed = [
        *_pick(row.user_agent for row in rows if row.label == "human"),
        *_pick(row.user_agent for row in rows if row.label != "human"),
    ]
    clicks = [ClickFacts(0, user_agent) for user_agent in timed]
    judge_user_agent.cache_clear()
    classify_request.cache_clear()
    return Speed(
        is_crawler_us=_time(partial(_ask_each, is_crawler, timed), len(timed)),
        uncached_us=_time(partial(_ask_each, classify, clicks), len(timed)),
        cached_us=_time(partial(_ask_each, classify, clicks), len(timed)),
    )


def _pick(user_agents: Iterable[str]) -> list[str]:
    distinct = list(dict.fromkeys(user_agents))
    return distinct[:: max(1, len(distinct) // TIMED_STRINGS)][:TIMED_STRINGS]


def _ask_each(ask: Callable[[T], object], questions: list[T]) -> None:
    for question in questions:
        ask(question)


def _time(work: Callable[[], None], count: int) -> float:
    started = time.process_time()
    work()
    return max(time.process_time() - started, 1e-9) * 1e6 / count
