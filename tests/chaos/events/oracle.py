"""What must hold of what readers heard: all of the log, in its order, and counters that are the report's."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from api.ids import encode_id
from tests.chaos.events.readers import Reader, Told
from tests.e2e.brand import Brand
from tracking.events.outbox import CLICK_KINDS, EventKind
from tracking.events.types import STRIDES

REPORT: Final = """
    query {
      links(first: 100) {
        nodes {
          id
          report(range: {preset: LAST_7_DAYS}) {
            series(grain: DAY) {
              at
              metrics {
                totalClicks humanClicks suspectClicks botClicks previewFetches prefetches testClicks
                countedClicks uniqueClicks repeatClicks
              }
            }
          }
        }
      }
    }
"""
Counts = dict[tuple[str, str], dict[str, int]]  # by link and day, what is not 0
Log = dict[Told, str]  # and the link of each


@dataclass(frozen=True)
class Verdict:
    """Of one reader. All but the first three must be 0."""

    heard: int  # events, each once
    repeated: int  # heard again after a kill, as at-least-once says
    kills: int
    missing: int  # in the log, and never heard, though no gap was announced
    strange: int  # heard, and not in the log
    out_of_order: int  # neighbours that the log has the other way around
    unstable_ids: int  # events that had more than one id, and ids of more than one event
    wrong_counts: int  # days of links whose counters are not the report's

    @property
    def problems(self) -> list[str]:
        return [f"{getattr(self, field.name)} {field.name}" for field in fields(self)[3:] if getattr(self, field.name)]


async def read_log(pool: asyncpg.Pool, account_id: int) -> Log:
    """Every event about clicks of the account, in the order that holds for everybody."""
    events = await pool.fetch(
        "SELECT position, kind, ids FROM event_log WHERE account_id = $1 AND kind = ANY ($2) ORDER BY position",
        account_id,
        CLICK_KINDS,
    )
    clicks = await pool.fetch("SELECT id, link_id FROM click WHERE account_id = $1", account_id)
    links = {row["id"]: encode_id("Link", row["link_id"]) for row in clicks}
    return {
        Told(event["position"], encode_id("Click", each)): links[each]
        for event in events
        for each in event["ids"][:: STRIDES.get(EventKind(event["kind"]), 1)]
    }


async def read_report(brand: Brand, zone: str) -> Counts:
    """What the graph says, by link and day of the account."""
    return {
        (link["id"], dt.datetime.fromisoformat(point["at"]).astimezone(ZoneInfo(zone)).date().isoformat()): counts
        for link in (await brand.ask(REPORT))["nodes"]
        for point in link["report"]["series"]
        if (counts := leave_out_zeros(point["metrics"]))
    }


def read_counts(reader: Reader) -> Counts:
    """What the reader says, which has nothing but what it heard."""
    found: Counts = {}
    for row in reader.print_counts():
        key = row.pop("link"), row.pop("day")
        counts = {**row, "countedClicks": row.get("uniqueClicks", 0) + row.get("repeatClicks", 0)}
        found[key] = leave_out_zeros(counts)
    return found


def count_repeats(found: Iterable[object]) -> int:
    return sum(count - 1 for count in Counter(found).values())


def leave_out_zeros(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def judge(reader: Reader, log: Log, report: Counts) -> Verdict:
    journal = reader.read_journal()
    meant = log.values() if reader.links is None else reader.links
    places = {told: place for place, told in enumerate(told for told, link in log.items() if link in meant)}
    heard = list(dict.fromkeys(journal.told))
    known = [places[told] for told in heard if told in places]
    counts = read_counts(reader)
    expected = {key: each for key, each in report.items() if key[0] in meant}
    return Verdict(
        heard=len(heard),
        repeated=len(journal.told) - len(heard),
        kills=reader.kills,
        missing=len(places.keys() - set(heard)),
        strange=len(heard) - len(known),
        out_of_order=sum(1 for earlier, later in pairwise(known) if earlier > later),
        unstable_ids=count_repeats(told for told, _ in journal.ids) + count_repeats(each for _, each in journal.ids),
        wrong_counts=sum(1 for key in counts.keys() | expected.keys() if counts.get(key) != expected.get(key)),
    )
