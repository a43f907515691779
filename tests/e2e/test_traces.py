"""One request followed through every program by its trace, at a collector that takes OTLP as a real one does."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx2
import pytest

from tests.chaos.tokens import read_click_id
from tests.collecting import Collected, Collector, open_collector
from tests.e2e.brand import Brand, Link
from tests.e2e.system import System
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("e2e")

SECRET = "planted-secret-of-a-query"
ADDRESS = "198.51.100.77"
TRACED = ("redirector 9", "ingest 9", "api 9")


@pytest.fixture(scope="module")
def collector(system: System) -> Iterator[Collector]:
    """Programs that send traces, beside those that do not."""
    with open_collector() as collector:
        wanted = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "TRACE_SAMPLE_RATIO": "1"}
        system.start(*TRACED, **wanted)
        yield collector
        for name in TRACED:
            system.programs.pop(name).stop()


async def click(brand: Brand, link: Link) -> tuple[UUID, str]:
    """The id of a click, and the token that a shop gets to see."""
    answer = await brand.follow(f"{link.slug}?coupon={SECRET}", redirector="redirector 9", X_Forwarded_For=ADDRESS)
    token = httpx2.URL(answer.headers["Location"]).params["ct"]
    return read_click_id(token), token


async def test_a_click_is_followed_from_its_redirect_to_reports(brand: Brand, collector: Collector) -> None:
    """Until the worker that traces takes one: others of its group, which do not, take some."""
    link = await brand.create_link("https://brand.example/shoes")
    clicks: list[UUID] = []

    async def click_and_look() -> list[dict[str, Collected]]:
        clicks.append((await click(brand, link))[0])
        traces = [collector.find_trace(click_id.hex) for click_id in clicks]
        return [trace for trace in traces if trace.keys() == {"redirect", "store", "fold"}]

    trace, *_ = await eventually(click_and_look, bool)

    redirect, store, fold = trace["redirect"], trace["store"], trace["fold"]
    services = ("creatrail-redirector", "creatrail-worker-ingest", "creatrail-worker-ingest")
    assert (redirect.service, store.service, fold.service) == services
    assert (redirect.parent_id, store.parent_id, fold.parent_id) == ("", redirect.span_id, store.span_id)
    assert redirect.began_ns <= redirect.ended_ns <= store.ended_ns <= fold.ended_ns
    assert redirect.attributes["creatrail.account_id"] == f"int_value: {brand.account_id}"
    (batch_trace,) = store.linked_traces
    assert store.trace_id in collector.find_trace(batch_trace)["store batch"].linked_traces


async def test_a_conversion_is_linked_to_its_click(brand: Brand, collector: Collector) -> None:
    link = await brand.create_link("https://brand.example/shoes")
    click_id, token = await click(brand, link)

    async def report_and_look() -> list[Collected]:
        path = f"conv?event=purchase&revenue=12.50&currency=EUR&click_id={token}&txn_id={uuid4()}"
        answer = await brand.follow(path, redirector="redirector 9")
        assert answer.status_code == 202, answer.text
        reports = [span for span in collector.spans if span.name == "report conversion"]
        return [each for each in reports if collector.find_trace(each.trace_id).keys() >= {"store", "fold"}]

    report, *_ = await eventually(report_and_look, bool)

    trace = collector.find_trace(report.trace_id)
    assert report.linked_traces == (click_id.hex,)
    assert trace["store"].parent_id == report.span_id
    assert trace["fold"].parent_id == trace["store"].span_id


async def test_an_operation_of_the_graph_goes_on_in_the_trace_of_who_asks(brand: Brand, collector: Collector) -> None:
    trace_id, parent_id = uuid4().hex, "00f067aa0ba902b7"
    port = brand.system.programs["api 9"].port
    headers = {"Authorization": f"Bearer {brand.token}", "traceparent": f"00-{trace_id}-{parent_id}-01"}
    query = {"query": f'query {{ account {{ id }} node(id: "{SECRET}") {{ id }} }}'}
    async with httpx2.AsyncClient(timeout=30) as client:
        await client.post(f"http://127.0.0.1:{port}/graphql", json=query, headers=headers)

    async def look() -> dict[str, Collected]:
        return collector.find_trace(trace_id)

    (span,) = (await eventually(look, bool)).values()
    assert (span.service, span.name, span.parent_id) == ("creatrail-api", "graphql query", parent_id)
    assert span.attributes["creatrail.account_id"] == f"int_value: {brand.account_id}"


async def test_spans_hold_neither_queries_nor_addresses_nor_secrets(brand: Brand, collector: Collector) -> None:
    link = await brand.create_link("https://brand.example/shoes")
    click_id, token = await click(brand, link)

    async def look() -> dict[str, Collected]:
        return collector.find_trace(click_id.hex)

    await eventually(look, bool)
    told = repr(collector.spans)
    assert link.slug not in told
    assert [each for each in (SECRET, ADDRESS, token, brand.token, brand.host) if each in told] == []
