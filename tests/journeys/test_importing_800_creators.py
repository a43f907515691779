import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.e2e.brand import Brand
from tests.importing import bring, count, write_csv

HANDLES = """
    query ($after: String) {
        creators(first: 100, after: $after) { nodes { handle } pageInfo { hasNextPage endCursor } }
    }
"""


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30) as client:
        yield client


async def mend(client: httpx2.AsyncClient, found: dict[str, Any]) -> bytes:
    """The file of its bad rows, the handle of each put right."""
    bad_rows = (await client.get(found["badRowsUrl"])).content.decode("utf-8-sig")
    header, *refused = csv.reader(io.StringIO(bad_rows))
    return write_csv([header, *([f"mended-{row[1]}", *row[1:]] for row in refused)])


async def list_handles(brand: Brand) -> list[str]:
    handles: list[str] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        creators = await brand.ask(HANDLES, after=page["endCursor"])
        handles += [node["handle"] for node in creators["nodes"]]
        page = creators["pageInfo"]
    return handles


@pytest.mark.feature("CU11")
async def test_800_creators_with_37_bad_rows_then_the_mended_rows_then_both_again(
    brand: Brand, client: httpx2.AsyncClient
) -> None:
    bad = [f"m{place}" for place in range(0, 740, 20)]
    rows = [[f"has blank {place}" if f"m{place}" in bad else f"c{place}", f"m{place}"] for place in range(800)]
    everything = write_csv([["handle", "external_id"], *rows])

    first = await bring(brand.ask_all, client, everything, kind="CREATORS")
    mended = await mend(client, first)
    outcomes = [first] + [
        await bring(brand.ask_all, client, content, kind="CREATORS") for content in (mended, everything, mended)
    ]

    assert [count(each) for each in outcomes] == [(763, 0, 0, 37), (37, 0, 0, 0), (0, 0, 763, 37), (0, 0, 37, 0)]
    assert [(problem["line"], problem["column"]) for problem in first["problems"]] == [
        (place + 2, "handle") for place in range(0, 740, 20)
    ]
    good = [handle for handle, member in rows if member not in bad]
    assert sorted(await list_handles(brand)) == sorted(good + [f"mended-{member}" for member in bad])
