"""`./dev bench visible`: seconds from a click to the graph and to an open subscription, through the real processes."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.account import SEED, fill_account
from bench.browsers import make_header_sets
from bench.figures import Figure, Gate, Outcome, Table
from bench.graph_client import GraphClient, open_graph
from bench.service import Service, open_service
from bench.stores import open_stores

LINKS = 20
CLICKS_A_ROUND = 4
DEADLINE_S = 30
POLL_S = 0.01
GATE = Gate(1.0, is_ceiling=True)

TOTAL = "{ viewer { account { report(range: {preset: LIFETIME}) { totals { totalClicks } } } } }"
SUBSCRIPTION = "subscription { clicks(start: {latest: true}) { __typename } }"


@dataclass(frozen=True)
class Sighting:
    graph_s: float
    subscription_s: float


def run(rounds: int) -> Outcome:
    with open_stores() as stores:
        account = asyncio.run(fill_account(stores.make_settings().database_url, LINKS))
        with open_service(stores, account) as service:
            sightings = asyncio.run(_measure(service, rounds * CLICKS_A_ROUND))
    graph = [sighting.graph_s for sighting in sightings]
    subscription = [sighting.subscription_s for sighting in sightings]
    rows = [_describe("in the graph", graph), _describe("on an open subscription", subscription)]
    return Outcome(
        "visible",
        tables=[Table(f"{len(sightings)} clicks, one at a time", ["seen", "median s", "slowest s"], rows)],
        figures=[
            Figure("visible_in_graph_max_s", max(graph), GATE, graph),
            Figure("visible_on_subscription_max_s", max(subscription), GATE, subscription),
        ],
        notes=["Measured from when the request is sent; everything comes to rest between two clicks."],
    )


async def _measure(service: Service, clicks: int) -> list[Sighting]:
    """One click after the other, at moments that fall differently into the rhythm of the loops behind it."""
    chance = random.Random(SEED)  # noqa: S311 -- the same pauses in every run
    async with open_graph(service.api_port, service.api_key) as graph:
        events = graph.subscribe(SUBSCRIPTION)
        await _wait_for_event(events, "StreamReady")
        sightings: list[Sighting] = []
        for number in range(clicks):
            await asyncio.sleep(0.2 + chance.random() / 2)
            async with asyncio.timeout(DEADLINE_S):
                sightings.append(await _follow_click(service, graph, events, number))
    return sightings


async def _follow_click(
    service: Service, graph: GraphClient, events: AsyncIterator[dict[str, Any]], number: int
) -> Sighting:
    browsers, slugs = make_header_sets(), service.account.slugs
    before = await _read_total(graph)
    sent_at = time.perf_counter()
    click = asyncio.to_thread(service.click, slugs[number % len(slugs)], browsers[number % len(browsers)])

    async def see_in_graph() -> float:
        while await _read_total(graph) == before:  # noqa: ASYNC110 -- another process changes it
            await asyncio.sleep(POLL_S)
        return time.perf_counter() - sent_at

    async def see_on_subscription() -> float:
        await _wait_for_event(events, "ClickRecorded")
        return time.perf_counter() - sent_at

    _, graph_s, subscription_s = await asyncio.gather(click, see_in_graph(), see_on_subscription())
    return Sighting(graph_s, subscription_s)


async def _read_total(graph: GraphClient) -> int:
    answer = await graph.ask(TOTAL)
    total: int = answer["viewer"]["account"]["report"]["totals"]["totalClicks"]
    return total


async def _wait_for_event(events: AsyncIterator[dict[str, Any]], kind: str) -> None:
    async for event in events:
        if event["clicks"]["__typename"] == kind:
            return


def _describe(seen: str, seconds: Sequence[float]) -> list[str]:
    return [seen, f"{median(seconds):.3f}", f"{max(seconds):.3f}"]
