"""Whoever only applies what webhooks tell, in whatever order it comes, ends with the counters of the report."""

import random
from collections import Counter
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.brand import make_brand, make_creator, make_link
from tests.clicking import BOT, DAY_MS, HUMAN, make_event, store
from tests.hooking import add_endpoint, read_queue, tell_all
from tracking.bots.verdicts import Reason
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms
from tracking.events.types import EventType
from tracking.graph_ids import write_graph_id
from tracking.reports.fold import fold_all
from tracking.reports.scopes import Grain, Scope

pytestmark = pytest.mark.feature("R13", "R4")

ZONE: Final = "America/New_York"
COLUMN_OF: Final = {
    "PREFETCH": "prefetches",
    "PREVIEW": "preview_fetches",
    "TEST": "test_clicks",
    "HUMAN": "human_clicks",
    "SUSPECT": "suspect_clicks",
    "BOT": "bot_clicks",
}
READ_REPORT: Final = """
    SELECT first_key, bucket, human_clicks, suspect_clicks, bot_clicks, preview_fetches, prefetches, test_clicks,
        counted_clicks, unique_clicks
    FROM rollup WHERE account_id = $1 AND scope = $2 AND grain = $3
"""

Cells = Counter[tuple[str, str, str]]  # link, day, counter


def count_states(events: list[dict[str, Any]]) -> Cells:
    """As a consumer does that keeps, of each click, the state with the highest sequence."""
    last: dict[str, dict[str, Any]] = {}
    for event in events:
        click_id = event["data"]["id"]
        if click_id not in last or event["sequence"] >= last[click_id]["sequence"]:
            last[click_id] = event
    cells: Cells = Counter()
    for event in last.values():
        click = event["data"]
        place = (click["link"]["id"], click["day"])
        own_column = click["trafficClass"] if click["trafficClass"] in COLUMN_OF else click["verdict"]
        cells[(*place, COLUMN_OF[own_column])] += 1
        cells[(*place, "counted_clicks")] += click["isCounted"]
        cells[(*place, "unique_clicks")] += click["counting"] == "UNIQUE"
    return +cells


async def read_report(pool: asyncpg.Pool, account_id: int) -> Cells:
    await fold_all(pool)
    zone = ZoneInfo(ZONE)
    cells: Cells = Counter()
    for row in await pool.fetch(READ_REPORT, account_id, Scope.LINK, Grain.DAY):
        link_id, day = write_graph_id("Link", row["first_key"]), row["bucket"].astimezone(zone).date().isoformat()
        for name in list(row.keys())[2:]:
            cells[link_id, day, name] += row[name]
    return +cells


async def read_events(pool: asyncpg.Pool, endpoint_id: int) -> list[dict[str, Any]]:
    return [event for queued in await read_queue(pool, endpoint_id) for event in queued.events]


@pytest.fixture
async def told(pool: asyncpg.Pool, orm: object) -> tuple[int, list[dict[str, Any]]]:
    """An account with a history, and what one of its endpoints was told of it meanwhile."""
    chance = random.Random(11)  # noqa: S311 -- the same history in every run
    account = await make_brand()
    await pool.execute("UPDATE account SET timezone = $2 WHERE id = $1", account.id, ZONE)
    creator = await make_creator(account)
    links = [await make_link(account, creator) for _ in range(3)]
    endpoint_id = await add_endpoint(pool, account.id, EventType.CLICK_RECORDED, EventType.CLICK_RECLASSIFIED)
    now, known = now_ms(), list[UUID]()
    for _ in range(25):
        # earlier clicks that come late take uniques over
        clicks = [
            make_event(
                account.id,
                zone=ZONE,
                at_ms=now - chance.randrange(3 * DAY_MS),
                link_id=chance.choice(links).id,
                visitor=chance.randrange(1, 5),
                user_agent=chance.choice((HUMAN, HUMAN, BOT)),
            )
            for _ in range(chance.randrange(1, 6))
        ]
        await store(pool, *clicks)
        known += [UUID(bytes=click.click_id) for click in clicks]
        bits = int(Reason.HONEYPOT)
        learned = chance.choice((Learned(evidence=bits), Learned(evidence_gone=bits)))
        judged = chance.sample(known, min(len(known), 3))
        await relabel_clicks(pool, account.id, dict.fromkeys(judged, learned), Cause.BEHAVIOUR)
        if chance.random() < 0.5:
            await tell_all(pool)
    await tell_all(pool)
    events = await read_events(pool, endpoint_id)
    chance.shuffle(events)
    return account.id, events


async def test_counters_of_links_and_days_are_those_of_the_report(
    pool: asyncpg.Pool, told: tuple[int, list[dict[str, Any]]]
) -> None:
    account_id, events = told
    assert {event["type"] for event in events} == {"click.recorded", "click.reclassified"}
    assert count_states(events) == await read_report(pool, account_id)


async def test_who_hears_of_no_changes_counts_otherwise(
    pool: asyncpg.Pool, told: tuple[int, list[dict[str, Any]]]
) -> None:
    """That the comparison sees what is missing."""
    account_id, events = told
    recorded = [event for event in events if event["type"] == "click.recorded"]
    assert count_states(recorded) != await read_report(pool, account_id)
