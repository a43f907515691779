"""The receivers of `examples/events`, called by real programs: killed, told late and in batches, with a new secret."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from creatrail.embedded.folders import PROJECT
from tests.chaos.events.example_readers import build_typescript
from tests.chaos.events.oracle import Counts, read_report
from tests.e2e.brand import Brand, Link
from tests.e2e.node_packages import find_node
from tests.e2e.recipes import running
from tests.service import find_free_ports
from tests.waiting import eventually
from tracking.settings import read_environment

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("R13")]

CREATE = """
    mutation ($url: URL!, $batch: WebhookBatchInput) {
      createWebhook(input: {
        name: "receiver", url: $url, eventTypes: [CLICK_RECORDED, CLICK_RECLASSIFIED], batch: $batch
      }) { ... on CreateWebhookSuccess { secret webhook { id } } ... on UserError { message } }
    }
"""
PING = "mutation ($id: ID!) { pingWebhook(input: {id: $id}) { ... on PingWebhookSuccess { delivery { id } } } }"
DELIVERY = "query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { status } } }"
ROTATE = """
    mutation ($id: ID!) {
      rotateWebhookSecret(input: {id: $id}) { ... on RotateWebhookSecretSuccess { secret } }
    }
"""
RECLASSIFY = """
    mutation ($links: [ID!]!) { reclassifyClicks(input: {filter: {linkIds: $links}, verdict: BOT}) { __typename } }
"""
OF_CLASS = {"PREVIEW": "previewFetches", "PREFETCH": "prefetches", "TEST": "testClicks"}
OF_VERDICT = {"HUMAN": "humanClicks", "SUSPECT": "suspectClicks", "BOT": "botClicks"}
OF_COUNTING = {"UNIQUE": ["uniqueClicks", "countedClicks"], "REPEAT": ["repeatClicks", "countedClicks"]}


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    built = build_typescript(tmp_path_factory.mktemp("receivers"))
    python = [sys.executable, str(PROJECT / "examples" / "events" / "python" / "receiver.py")]
    return {"python": python, "typescript": [find_node(), str(built / "receiver.js")]}


def add_up(clicks: list[dict[str, Any]]) -> Counts:
    """As docs/events.md says."""
    found: Counts = {}
    for click in clicks:
        counts = found.setdefault((click["link"]["id"], click["day"]), {})
        column = OF_CLASS.get(click["trafficClass"]) or OF_VERDICT[click["verdict"]]
        for name in ("totalClicks", column, *OF_COUNTING.get(click["counting"], [])):
            counts[name] = counts.get(name, 0) + 1
    return found


async def await_clicks(command: list[str], environment: Mapping[str, str], report: Counts) -> None:
    """Once what the receiver has kept adds up to the report."""

    def ask() -> Counts:
        done = subprocess.run(
            [*command, "clicks"], env={**read_environment(), **environment}, capture_output=True, text=True, check=True
        )
        return add_up([json.loads(line) for line in done.stdout.splitlines()])

    await eventually(lambda: asyncio.to_thread(ask), lambda found: found == report)


async def await_report(brand: Brand, link: Link, **expected: int) -> Counts:
    async def read() -> Counts:
        return await read_report(brand, "UTC")

    return await eventually(
        read, lambda found: any(key[0] == link.id and expected.items() <= found[key].items() for key in found)
    )


@pytest.mark.parametrize("language", ["python", "typescript"])
@pytest.mark.parametrize("batch", [None, {"maxEvents": 50, "maxWaitSeconds": 1}], ids=["single", "batches"])
async def test_a_receiver_that_was_killed_ends_with_the_reports_counters(
    brand: Brand, tmp_path: Path, commands: dict[str, list[str]], language: str, batch: dict[str, int] | None
) -> None:
    link = await brand.create_link("https://shop.example/")
    [port] = find_free_ports(1)
    made = await brand.ask(CREATE, url=f"http://127.0.0.1:{port}/hooks", batch=batch)
    given = {"SECRET": made["secret"], "PORT": str(port), "STATE": str(tmp_path / "state")}

    with running(commands[language], port, **given):
        for _ in range(3):
            await brand.follow(link.slug)
        await await_clicks(commands[language], given, await await_report(brand, link, totalClicks=3))
    for _ in range(3):  # nobody answers
        await brand.follow(link.slug)
    await brand.ask(RECLASSIFY, links=[link.id])
    report = await await_report(brand, link, totalClicks=6, botClicks=6)
    rotated = await brand.ask(ROTATE, id=made["webhook"]["id"])
    with running(commands[language], port, **{**given, "SECRET": rotated["secret"]}):
        await await_clicks(commands[language], given, report)


@pytest.mark.parametrize("language", ["python", "typescript"])
async def test_a_receiver_takes_pings_and_refuses_what_nobody_signed(
    brand: Brand, tmp_path: Path, commands: dict[str, list[str]], language: str
) -> None:
    [port] = find_free_ports(1)
    url = f"http://127.0.0.1:{port}/hooks"
    made = await brand.ask(CREATE, url=url)
    given = {"SECRET": made["secret"], "PORT": str(port), "STATE": str(tmp_path / "state")}
    forged = {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    event = {"type": "click.recorded", "sequence": 1, "data": {"id": "1"}}

    with running(commands[language], port, **given):
        async with httpx2.AsyncClient(timeout=30) as client:
            refused = [(await client.post(url, json=event, headers=headers)).status_code for headers in ({}, forged)]
        delivery = (await brand.ask(PING, id=made["webhook"]["id"]))["delivery"]

        async def read_status() -> str:
            return str((await brand.ask(DELIVERY, id=delivery["id"]))["status"])

        await eventually(read_status, lambda status: status == "DELIVERED")
        await await_clicks(commands[language], given, {})
    assert refused == [401, 401]
