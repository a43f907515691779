"""`docs/openapi.yaml` says what the programs serve, no more and no less, and what it allows is answered as it says."""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import asyncpg
import hypothesis
import pytest
import schemathesis
from ruamel.yaml import YAML
from starlette.routing import BaseRoute, Route

from api.app import create_app
from redirector.app import Redirector
from redirector.ops import create_ops_app
from tests.audience import Audience, make_link, make_link_site, open_redirector
from tests.reporting import make_snippet_key
from tracking.settings import Settings

DOCUMENT: Final[dict[str, Any]] = YAML(typ="safe").load(
    (Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text()
)
EXAMPLES: Final = {"suite": 40, "fuzz": 3_000}
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
async def test_whatever_the_document_allows_is_answered_as_it_says(
    pool: asyncpg.Pool, settings: Settings, request: pytest.FixtureRequest
) -> None:
    site = await make_link_site(pool)
    await make_link(pool, site, "anna", is_readable=True)
    await make_snippet_key(pool, site.account_id, "ct_pub_fuzz")
    profile = request.config.getoption("--hypothesis-profile") or "suite"
    operations = schemathesis.openapi.from_dict(DOCUMENT).include(tag="redirector").as_strategy()
    loop = asyncio.get_running_loop()

    async with open_redirector(settings) as audience:

        @hypothesis.settings(
            max_examples=EXAMPLES[profile],
            derandomize=profile == "suite",
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(operations)
        def ask(case: Any) -> None:
            asyncio.run_coroutine_threadsafe(_ask(audience, site.host, case), loop).result(30)

        await asyncio.to_thread(ask)


async def _ask(audience: Audience, host: str, case: Any) -> None:
    fields = case.body if isinstance(case.body, dict) else {}
    body = urlencode({name: str(value) for name, value in fields.items()}, errors="replace").encode()
    headers = [("host", host)]
    if case.method == "POST":
        headers += [("content-type", "application/x-www-form-urlencoded"), ("content-length", str(len(body)))]
    query = urlencode({name: str(value) for name, value in (case.query or {}).items()}, errors="replace")

    answer = await audience.send(case.method, case.formatted_path, query, headers, body=body)

    documented = DOCUMENT["paths"][case.path][case.method.lower()]["responses"]
    assert str(answer.status) in documented, (case.method, case.formatted_path, query, body, answer)
