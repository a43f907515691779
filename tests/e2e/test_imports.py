"""Files from end to end: sent over HTTP, written by the worker, and links among them followed at once."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.e2e.brand import Brand
from tests.e2e.recipes import await_conversions, click
from tests.importing import announce, bring, count, read_import, write_csv
from tracking.imports.rules import MAX_UPLOAD_BYTES

pytestmark = pytest.mark.xdist_group("e2e")


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30) as client:
        yield client


@pytest.mark.feature("CU11", "LO2")
async def test_an_imported_link_redirects_at_its_own_slug(brand: Brand, client: httpx2.AsyncClient) -> None:
    content = b'destination_url;label;slug\n"https://brand.example/a;b";Old link;Spring\n'

    done = await bring(brand.ask_all, client, content, kind="LINKS")

    assert count(done) == (1, 0, 0, 0)
    answer = await brand.follow("SPRING")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://brand.example/a;b?ct=")


@pytest.mark.feature("TR13", "TR16")
async def test_imported_orders_are_credited_to_clicks_and_a_second_file_adds_nothing(
    brand: Brand, client: httpx2.AsyncClient
) -> None:
    link = await brand.create_link("https://shop.example/")
    rows = [["txn_id", "click_id", "revenue", "currency"], ["A1", await click(brand, link), "59.90", "EUR"]]

    outcomes = [count(await bring(brand.ask_all, client, write_csv(rows), kind="CONVERSIONS")) for _ in range(2)]

    assert outcomes == [(1, 0, 0, 0), (0, 0, 1, 0)]
    [found] = await await_conversions(brand, ("sale", "APPROVED", "CLICK_ID", "TOKEN", "59.90", True))
    assert (found["source"], found["link"]["id"]) == ("IMPORT", link.id)


async def test_a_body_without_end_is_cut_off(brand: Brand, client: httpx2.AsyncClient) -> None:
    announced = await announce(brand.ask_all, kind="CONTACTS")

    async def send() -> AsyncIterator[bytes]:
        for _ in range(MAX_UPLOAD_BYTES // 2**20 + 1):
            yield b"x" * 2**20

    answer = await client.put(announced["uploadUrl"], content=send())

    assert answer.status_code == 413
    assert (await read_import(brand.ask_all, announced["id"]))["status"] == "AWAITING_UPLOAD"
