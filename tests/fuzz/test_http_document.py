"""`docs/openapi.yaml` says what the programs serve, no more and no less, and what it allows is answered as it says."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg
import hypothesis
import msgspec
import pytest
import redis.asyncio
import schemathesis
from hypothesis import strategies as st
from ruamel.yaml import YAML
from schemathesis.core.result import Ok
from starlette.routing import BaseRoute, Route

from api.app import create_app
from api.ids import encode_id
from redirector.app import Redirector
from redirector.ops import create_ops_app
from tests.audience import LinkSite, make_link, make_link_site, open_redirector, sign_click
from tests.brand import make_creator
from tests.brand import make_link as make_brand_link
from tests.exporting import export
from tests.fuzz.documented_requests import Asked, Known, write_request
from tests.fuzz.refusals import Ledger, find_wrong
from tests.fuzz.site import announce_files
from tests.graph import Graph, open_graph
from tests.reporting import make_offer, make_secret, make_snippet_key
from tests.settling import click
from tracking.accounts.models import Scope
from tracking.accounts.service import create_account, create_api_key
from tracking.clock import now_ms
from tracking.report_pages.rules import PAGE_PATH, WantedPage
from tracking.report_pages.service import create_report_page
from tracking.settings import Settings
from tracking.signed_addresses import BAD_ROWS_PATH, DOWNLOAD_PATH, UPLOAD_PATH
from tracking.streams import CLICK_STREAM

DOCUMENT: Final[dict[str, Any]] = YAML(typ="safe").load(
    (Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text()
)
Ask = Callable[[Asked], Awaitable[int]]

EXAMPLES: Final = {"suite": 4, "fuzz": 120}  # of each operation
OF_THE_GRAPH: Final = frozenset({"/graphql"})  # which schema.graphql describes
_CONVERTOR: Final = re.compile(r":\w+\}")


def list_served(routes: Iterable[BaseRoute]) -> set[str]:
    paths = {_CONVERTOR.sub("}", route.path) for route in routes if isinstance(route, Route)}
    return paths - OF_THE_GRAPH


def list_documented(tag: str, document: dict[str, Any] = DOCUMENT) -> set[str]:
    return {
        path
        for path, operations in document["paths"].items()
        if any(tag in operation["tags"] for operation in operations.values())
    }


def test_the_document_and_the_programs_agree_on_what_there_is(settings: Settings) -> None:
    redirector = Redirector(settings)

    assert list_documented("redirector") == list_served(redirector.routes)
    assert list_documented("operators") == list_served(create_ops_app(redirector).routes)
    assert list_documented("api") == list_served(create_app(settings).routes)


def test_an_address_that_one_of_them_lacks_is_seen(settings: Settings) -> None:
    lacking = {"paths": {path: found for path, found in DOCUMENT["paths"].items() if path != "/conv"}}

    assert list_served(Redirector(settings).routes) - list_documented("redirector", lacking) == {"/conv"}


@pytest.mark.feature("R1")
async def test_whatever_the_document_allows_of_the_redirector_is_answered_as_it_says(
    pool: asyncpg.Pool, settings: Settings, redis_client: redis.asyncio.Redis, request: pytest.FixtureRequest
) -> None:
    site = await make_link_site(pool)
    known = await _know_links(pool, settings, site)
    ledger = await Ledger.open(pool, redis_client)

    async with open_redirector(msgspec.structs.replace(settings, unknown_slugs_per_minute=1_000_000)) as audience:

        async def ask(asked: Asked) -> int:
            headers = [("host", site.host), *asked.headers]
            return (await audience.send(asked.method, asked.path, asked.query, headers, body=asked.body)).status

        told = await ask_all("redirector", known, ask, ledger, request)

    assert {asked_path for asked_path, _ in told} == list_documented("redirector")
    assert {202, 302, 400, 404} <= {status for _, status in told}


@pytest.mark.feature("R1")
async def test_whatever_the_document_allows_of_the_api_is_answered_as_it_says(
    pool: asyncpg.Pool, settings: Settings, redis_client: redis.asyncio.Redis, request: pytest.FixtureRequest
) -> None:
    async with open_graph(settings) as graph:
        known = await _know_files(pool, settings, graph)
        ledger = await Ledger.open(pool, redis_client)

        async def ask(asked: Asked) -> int:
            headers = [(name.encode(), value.encode("latin-1")) for name, value in asked.headers]
            address = f"{asked.path}?{asked.query}" if asked.query else asked.path
            return (await graph.client.request(asked.method, address, headers=headers, content=asked.body)).status_code

        told = await ask_all("api", known, ask, ledger, request)

    assert {asked_path for asked_path, _ in told} == list_documented("api")
    assert {("/imports/upload/{token}", 201), ("/r/{token}", 200), ("/exports/{token}", 404)} <= told
    assert ("/exports/{token}", 206) in told  # so the header of a case is sent


async def test_a_documented_503_and_a_row_of_a_refused_request_are_seen(
    pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, request: pytest.FixtureRequest
) -> None:
    ledger = await Ledger.open(pool, redis_client)

    async def fail(asked: Asked) -> int:
        return 503 if asked.path == "/readyz" else 200

    async def refuse(asked: Asked) -> int:
        if asked.path != "/tls/ask":
            return 200
        await redis_client.xadd(CLICK_STREAM, {"x": "x"})
        return 404

    with pytest.raises(AssertionError, match="503, though every store is up"):
        await ask_all("api", {}, fail, ledger, request)
    with pytest.raises(AssertionError, match=r"refused, and yet \{'clicks': 1\}"):
        await ask_all("api", {}, refuse, ledger, request)


def test_every_part_of_a_case_is_sent() -> None:
    download = schemathesis.openapi.from_dict(DOCUMENT)["/exports/{token}"]["GET"]
    case = download.Case(path_parameters={"token": "x"}, headers={"Range": "bytes=0-3"})
    known = {DOWNLOAD_PATH: ["y", "z"], "Range": ["bytes=4-"], "link": ["l"]}

    assert write_request(case, known) == Asked("GET", "/exports/x", "", [("Range", "bytes=0-3")], b"")
    assert write_request(case, known, 3) == Asked("GET", "/exports/z", "", [("Range", "bytes=4-")], b"")


async def ask_all(
    tag: str, known: Known, ask: Ask, ledger: Ledger, request: pytest.FixtureRequest
) -> set[tuple[str, int]]:
    """Which operation was answered with which status."""
    profile = request.config.getoption("--hypothesis-profile") or "suite"
    loop = asyncio.get_running_loop()
    told: set[tuple[str, int]] = set()

    async def check(case: Any, place: int | None) -> None:
        asked = write_request(case, known, place)
        status = await ask(asked)
        documented = DOCUMENT["paths"][case.path][case.method.lower()]["responses"]
        new = await ledger.find_new()
        told.add((case.path, status))
        assert find_wrong(status, documented, new, is_refused=status >= 400) == [], asked

    def ask_one(cases: st.SearchStrategy[Any]) -> None:
        @hypothesis.settings(
            max_examples=EXAMPLES[profile],
            derandomize=profile == "suite",
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(cases, st.none() | st.integers(0, 9))
        def ask_some(case: Any, place: int | None) -> None:
            asyncio.run_coroutine_threadsafe(check(case, place), loop).result(30)

        ask_some()

    for found in schemathesis.openapi.from_dict(DOCUMENT).include(tag=tag).get_all_operations():
        assert isinstance(found, Ok)
        await asyncio.to_thread(ask_one, found.ok().as_strategy())
    return told


async def _know_links(pool: asyncpg.Pool, settings: Settings, site: LinkSite) -> Known:
    await make_link(pool, site, "anna", is_readable=True)
    offer_id = await make_offer(pool, site.account_id, external_id="rain")
    clicked = await click(pool, site.account_id, at_ms=now_ms() - 60_000)
    return {
        "path": ["anna", "anna~story"],
        "slug": ["anna"],
        "name": ["creatrail.js", "convert.js"],
        "key": [await make_snippet_key(pool, site.account_id, "ct_pub_fuzz")],
        "secret": [await make_secret(pool, site.account_id, offer_id)],
        "click_id": [sign_click(settings, clicked.click_id)],
        "offer_id": ["rain", "snow"],
        "currency": ["EUR"],
        "revenue": ["12.50", "-1"],
    }


async def _know_files(pool: asyncpg.Pool, settings: Settings, graph: Graph) -> Known:
    account = await create_account("Acme", "acme")
    key = (await create_api_key(account.id, "fuzz", [Scope.ADMIN])).token
    files = await announce_files(settings, account.id)
    made = await export(partial(graph.ask, api_key=key), pool, kind="CLICKS")
    creator = await make_creator(account)
    link = await make_brand_link(account, creator)
    page = await create_report_page(account.id, WantedPage(None, creator.id))
    assert page.token is not None
    return {
        UPLOAD_PATH: [files[name] for name in ("awaiting", "picture", "ended", "over", "not there")],
        BAD_ROWS_PATH: [files["bad rows"], files["awaiting"]],
        DOWNLOAD_PATH: [made["downloadUrl"].rpartition("/")[2], files["export"]],
        PAGE_PATH: [page.token],
        "link": [encode_id("Link", link.id), "x"],
        "Range": ["bytes=0-3"],
        "domain": ["acme.localhost", "x"],
    }
