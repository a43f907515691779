"""docs/operations/monitoring.md lists every metric that programs show; rules and dashboard ask for no other."""

import datetime as dt
import json
import re

import asyncpg
import httpx2
import pytest
import redis.asyncio

from api.ops_pages import list_pages
from api.services import Services
from creatrail.embedded.folders import PROJECT
from redirector.counters import Counters
from redirector.ops import create_ops_app
from tests.audience import Audience, open_redirector
from tests.graph import open_graph
from tests.watching import list_families
from tracking.reports.audit import AuditReport
from tracking.reports.last_audit import note_audit
from tracking.settings import Settings
from tracking.store_watch import StoreWatch
from worker.ingest import Ingester
from worker.metrics import render_metrics
from worker.webhooks.dispatcher import Dispatcher

DEPLOY = PROJECT / "deploy"
DOCUMENTED = re.compile(r"^\| `(creatrail_[a-z_]+)` \| ([a-z]+) \|", re.MULTILINE)
OF_OURS = re.compile(r"\bcreatrail_[a-z_]+")
PARTS_OF_HISTOGRAMS = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture
async def shown(settings: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> dict[str, str]:
    """Type by name, of all programs."""
    await note_audit(
        redis_client, AuditReport(accounts=1, checks=1, differences=[]), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )
    ingester = Ingester(settings, pool, redis_client)
    worker = await render_metrics(pool, redis_client, [redis_client], [ingester], Dispatcher(pool, settings))
    async with open_redirector(settings) as audience, open_graph(settings) as graph:
        redirector = await _ask(audience)
        services: Services = graph.app.state.services
        api = await list_pages(services, StoreWatch(settings, pool, ()))["/metrics"]()
    return list_families(worker.text.decode()) | list_families(redirector) | list_families(api.text.decode())


async def _ask(audience: Audience) -> str:
    transport = httpx2.ASGITransport(app=create_ops_app(audience.redirector))
    async with httpx2.AsyncClient(transport=transport, base_url="http://ops") as client:
        return (await client.get("/metrics")).text


def find_named(text: str) -> set[str]:
    return {PARTS_OF_HISTOGRAMS.sub("", name) for name in OF_OURS.findall(text)}


async def test_every_counter_of_a_redirector_is_shown_once(settings: Settings, pool: asyncpg.Pool) -> None:
    async with open_redirector(settings) as audience:
        page = await _ask(audience)
    shown = re.findall(r'^creatrail_(?:answers_total\{outcome="([a-z_]+)"\}|([a-z_]+)_total)', page, re.MULTILINE)
    assert sorted(of_answers or alone for of_answers, alone in shown) == sorted(Counters.__struct_fields__)


async def test_every_metric_is_documented_with_its_type_and_no_other(shown: dict[str, str]) -> None:
    page = (PROJECT / "docs/operations/monitoring.md").read_text()

    assert dict(DOCUMENTED.findall(page)) == shown


@pytest.mark.parametrize("name", ["prometheus/alerts.yml", "grafana/dashboard.json"])
async def test_what_is_asked_for_is_shown(shown: dict[str, str], name: str) -> None:
    named = find_named((DEPLOY / name).read_text())

    assert len(named) > 20
    assert named - shown.keys() == set()


async def test_names_follow_the_conventions_of_prometheus(shown: dict[str, str]) -> None:
    wrong_unit = re.compile(r"(_ms|_s|_minutes|_kb|_mb)(_total)?$")

    assert {name for name, kind in shown.items() if (kind == "counter") != name.endswith("_total")} == set()
    assert {name for name in shown if wrong_unit.search(name)} == set()


def test_a_metric_that_nobody_shows_would_be_found() -> None:
    assert find_named(json.dumps({"expr": "rate(creatrail_nothing_bucket[5m])"})) == {"creatrail_nothing"}
