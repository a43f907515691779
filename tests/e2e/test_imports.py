"""Files from end to end: sent over HTTP, written by the worker, and links among them followed at once."""

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.e2e.brand import Brand
from tests.importing import announce, count, read_import, upload, write_csv
from tests.waiting import eventually
from tracking.imports.rules import MAX_UPLOAD_BYTES

pytestmark = pytest.mark.xdist_group("e2e")

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30) as client:
        yield client


@pytest.fixture
def ask(brand: Brand, client: httpx2.AsyncClient) -> Ask:
    url = f"http://127.0.0.1:{brand.system.settings.api_port}/graphql"

    async def post(document: str, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {brand.token}"}
        answer = (await client.post(url, json={"query": document, "variables": variables}, headers=headers)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    return post


async def bring(ask: Ask, client: httpx2.AsyncClient, content: bytes, **given: Any) -> dict[str, Any]:
    """The import of this file once the worker has ended it."""
    announced = await announce(ask, **given)
    await upload(client, announced["uploadUrl"], content)
    return await eventually(
        lambda: read_import(ask, announced["id"]), lambda found: found["status"] in {"COMPLETED", "FAILED"}
    )


@pytest.mark.feature("CU11")
async def test_800_creators_with_37_bad_rows_then_the_mended_rows_then_both_again(
    ask: Ask, client: httpx2.AsyncClient
) -> None:
    rows = [["has blank" if place % 20 == 0 and place < 740 else f"c{place}", f"m{place}"] for place in range(800)]
    everything = write_csv([["handle", "external_id"], *rows])

    first = await bring(ask, client, everything, kind="CREATORS")
    bad_rows = (await client.get(first["badRowsUrl"])).content.decode("utf-8-sig")
    header, *refused = csv.reader(io.StringIO(bad_rows))
    mended = write_csv([header, *([f"mended-{row[1]}", *row[1:]] for row in refused)])
    outcomes = [first] + [
        await bring(ask, client, content, kind="CREATORS") for content in (mended, everything, mended)
    ]

    assert [count(each) for each in outcomes] == [(763, 0, 0, 37), (37, 0, 0, 0), (0, 0, 763, 37), (0, 0, 37, 0)]


@pytest.mark.feature("CU11", "LO2")
async def test_an_imported_link_redirects_at_its_own_slug(brand: Brand, ask: Ask, client: httpx2.AsyncClient) -> None:
    content = b'destination_url;label;slug\n"https://brand.example/a;b";Old link;Spring\n'

    done = await bring(ask, client, content, kind="LINKS")

    assert count(done) == (1, 0, 0, 0)
    answer = await brand.follow("SPRING")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://brand.example/a;b?ct=")


async def test_a_body_without_end_is_cut_off(ask: Ask, client: httpx2.AsyncClient) -> None:
    announced = await announce(ask, kind="CONTACTS")

    async def send() -> AsyncIterator[bytes]:
        for _ in range(MAX_UPLOAD_BYTES // 2**20 + 1):
            yield b"x" * 2**20

    answer = await client.put(announced["uploadUrl"], content=send())

    assert answer.status_code == 413
    assert (await read_import(ask, announced["id"]))["status"] == "AWAITING_UPLOAD"
