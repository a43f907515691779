"""Every door is walked with secrets and personal data, while all is well and while stores are down.

Then everything that the programs told those who run them is searched, at the most talkative level.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
import websockets

from tests.e2e.brand import PERSONS_HEADERS, Brand, make_brand
from tests.e2e.brand_secrets import make_secrets, misplace_secrets, use_secrets
from tests.e2e.system import System, open_system
from tests.e2e.told import Told, collecting_traces, read_logs, read_metrics
from tests.leaks import find_leaks
from tests.service import find_free_ports
from tests.waiting import eventually
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM

E_MAIL = "planted.anna@mail.example"
IPV4, IPV6 = "203.0.113.77", "2001:db8:77:1::77"
# Nothing that was planted may be told, nor a part of it; all of it has this word.
WORD = "planted"
QUERY = f"email={E_MAIL}&secret=planted-secret-77&txn_id=planted-{E_MAIL}&click_id=planted-click-77&amount=1.00"
HEADERS = {
    **PERSONS_HEADERS,
    "User-Agent": f"planted-agent-77 (+mailto:{E_MAIL})",
    "Referer": f"https://shop.example/planted-page-77?email={E_MAIL}",
    "Cookie": "ctv=planted-cookie-77; ctt=planted-cookie-78",
    "X-Postback-Secret": "planted-secret-78",
    "Authorization": "Bearer ct_live_plantedx_" + "planted7" * 5,
}
REPORTING_PATHS = ("/conv", "/conv/offer", "/conv/test", "/pixel/planted-pixel-77.gif")
ODD_PATHS = ("/o/planted-token-77", "/t/planted-token-77", "/unknown-slug", "/robots.txt", "/../planted-path-77")
API_PATHS = ("/r/ct_page_plantedx_planted", "/uploads/planted-77", "/downloads/planted-77", "/planted-path-77")
CREATE_CONTACT = """
    mutation ($id: String!) { createContacts(input: {contacts: [{externalId: $id, name: $id}]}) { __typename } }
"""


class Site:
    """One brand on programs of its own, which may be told about everything."""

    def __init__(self, system: System, brand: Brand, told: Told, slug: str, metrics_ports: list[int]) -> None:
        self.system = system
        self.told = told
        self.metrics_ports = metrics_ports
        self.brand = brand
        self._slug = slug
        self._audience = f"http://127.0.0.1:{system.programs['redirector'].port}"
        self._api = f"http://127.0.0.1:{system.programs['api'].port}"

    async def walk(self) -> None:
        """Every door, by every way in that a stranger or a shop has, and as the brand itself."""
        async with httpx2.AsyncClient(timeout=30) as client:
            for address in (IPV4, IPV6, "planted, nonsense"):
                await self._walk_audience(client, {**HEADERS, "Host": self.brand.host, "X-Forwarded-For": address})
            await self._walk_api(client)
        await self._send_garbage(self.system.programs["redirector"].port)
        await self._send_garbage(self.system.programs["api"].port)
        await self._open_websocket()

    async def _walk_audience(self, client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
        for path in (f"/{self._slug}", *REPORTING_PATHS, *ODD_PATHS):
            await client.get(f"{self._audience}{path}?{QUERY}", headers=headers)
        for path in REPORTING_PATHS[:3]:
            await client.post(
                f"{self._audience}{path}?{QUERY}", headers=headers, json={"txn_id": E_MAIL, "revenue": "x"}
            )
            await client.post(f"{self._audience}{path}", headers=headers, content=f'{{"{E_MAIL}": ')

    async def _walk_api(self, client: httpx2.AsyncClient) -> None:
        given = {"query": CREATE_CONTACT, "variables": {"id": E_MAIL}}
        as_brand = {"Authorization": f"Bearer {self.brand.token}"}
        for headers in (HEADERS, as_brand, as_brand):
            await client.post(f"{self._api}/graphql", headers=headers, json=given)
            await client.post(f"{self._api}/graphql?{QUERY}", headers=headers, content=f"{{ {E_MAIL}")
            await client.post(f"{self._api}/graphql", headers=headers, json={"query": f'{{ planted(of: "{E_MAIL}") }}'})
        for path in API_PATHS:
            await client.get(f"{self._api}{path}?{QUERY}", headers=HEADERS)
            await client.put(f"{self._api}{path}?{QUERY}", headers=HEADERS, content=E_MAIL)

    @staticmethod
    async def _send_garbage(port: int) -> None:
        """What is no HTTP, with something planted in it."""
        for garbage in (f"GET /?{QUERY}\r\nplanted: {E_MAIL}\r\n\r\n", f"\0{E_MAIL}\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(garbage.encode())
            writer.write_eof()
            await asyncio.wait_for(reader.read(), 30)
            writer.close()

    async def _open_websocket(self) -> None:
        url = f"{self._api}/graphql?{QUERY}".replace("http", "ws", 1)
        async with websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": "planted-token-79"}}))
            await socket.wait_closed()

    async def poison(self) -> None:
        """What no worker can store goes to the dead letter."""
        client = self.system.open_redis()
        before = await client.xlen(DEAD_CLICK_STREAM)
        for version in ("1", "conversion-1", "planted-version-77"):
            await client.xadd(CLICK_STREAM, {"version": version, "event": f'{{"planted": "{E_MAIL}"'})
        await eventually(lambda: client.xlen(DEAD_CLICK_STREAM), lambda count: count >= before + 3)
        await client.aclose()


@pytest.fixture
def told() -> Iterator[Told]:
    with collecting_traces() as told:
        yield told


@pytest.fixture
async def site(told: Told) -> AsyncIterator[Site]:
    async with open_system() as system:
        api_ops, ingest_ops, jobs_ops = find_free_ports(3)
        system.environment |= {
            "LOG_LEVEL": "DEBUG",
            "LOG_JSON": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": told.endpoint,
            "TRACE_SAMPLE_RATIO": "1",
            "API_OPS_PORT": str(api_ops),
        }
        system.start("api", "redirector")
        system.start("ingest", WORKER_OPS_PORT=str(ingest_ops))
        system.start("jobs", WORKER_OPS_PORT=str(jobs_ops))
        brand = await make_brand(system)
        link = await brand.create_link("https://brand.example/")
        ports = [int(system.environment["REDIRECTOR_OPS_PORT"]), api_ops, ingest_ops, jobs_ops]
        yield Site(system, brand, told, link.slug, ports)


@pytest.mark.feature("R10")
async def test_no_log_no_metric_and_no_trace_tells_what_strangers_and_brands_sent(site: Site) -> None:
    secrets = await make_secrets(site.brand)
    assert await use_secrets(site.brand, secrets) == [202, 202, 200, 200]
    await misplace_secrets(site.brand, secrets)
    await site.walk()
    await site.poison()
    metrics = await read_metrics(*site.metrics_ports)
    spans = await eventually(site.told.read_spans, bool)
    site.system.valkey.crash()
    await site.walk()
    site.system.postgres.crash()
    await site.walk()
    assert await use_secrets(site.brand, secrets) == [503, 503, 503, 503]
    site.system.valkey.start()
    site.system.postgres.start()
    await site.walk()
    metrics += await read_metrics(*site.metrics_ports)
    site.system.programs["api"].stop()
    site.system.programs["redirector"].stop()
    logs = read_logs(site.system)

    assert {"api.log", "redirector.log", "ingest.log", "jobs.log"} <= logs.keys()
    planted = [WORD, *secrets.list_all()]
    assert find_leaks(metrics, planted) == []
    assert find_leaks(spans + await site.told.read_spans(), planted) == []
    assert {name: leaks for name, text in logs.items() if (leaks := find_leaks(text, planted))} == {}
