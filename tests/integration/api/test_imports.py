import csv
import io
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from api.ids import split_id
from tests.importing import announce, count, read_import, upload, write_csv
from tests.integration.api.conftest import Tenant
from tracking.imports.running import run_import

CREATORS = "query ($after: String) { creators(first: 100, after: $after) { nodes { handle } pageInfo { endCursor } } }"

Import = Callable[..., Awaitable[dict[str, Any]]]


async def notify_nobody() -> None:
    """There is no redirector in these tests."""


async def bring_in(tenant: Tenant, content: bytes, **given: Any) -> dict[str, Any]:
    """What the graph says of the import of this file, once it is done."""
    announced = await announce(tenant.ask, **given)
    await upload(tenant.graph.client, announced["uploadUrl"], content)
    parts = split_id(announced["id"])
    assert parts is not None
    await run_import(int(parts[1]), notify_nobody)
    return await read_import(tenant.ask, announced["id"])


async def list_handles(tenant: Tenant) -> list[str]:
    handles: list[str] = []
    after = None
    while page := (await tenant.ask(CREATORS, after=after))["creators"]:
        handles += [node["handle"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["nodes"]:
            return handles
    return handles


@pytest.fixture
def bring(acme: Tenant) -> Import:
    return partial(bring_in, acme)


class TestJourney:
    @pytest.mark.feature("CU11")
    async def test_800_creators_with_37_bad_rows_then_the_mended_rows_then_both_again(
        self, acme: Tenant, bring: Import
    ) -> None:
        bad_places = set(range(0, 740, 20))
        rows = [
            ["has blank" if place in bad_places else f"creator{place}", f"m{place}", f"=Name, {place}"]
            for place in range(800)
        ]
        everything = write_csv([["Handle", "External ID", "name"], *rows])

        first = await bring(everything, kind="CREATORS")

        assert (first["status"], count(first)) == ("COMPLETED", (763, 0, 0, 37))
        assert first["problems"][1] == {
            "line": 22,
            "column": "handle",
            "value": "has blank",
            "code": "INVALID",
            "message": "a handle has 1 to 100 characters without blanks or '/'",
        }
        answer = await acme.graph.client.get(first["badRowsUrl"])
        header, *bad_rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert header == ["Handle", "External ID", "name", "error"]
        assert bad_rows[1][1:3] == ["m20", "=Name, 20"]
        mended = [[f"mended-{row[1]}", *row[1:]] for row in bad_rows]
        mended_file = write_csv([header, *mended])

        assert count(await bring(mended_file, kind="CREATORS")) == (37, 0, 0, 0)
        assert count(await bring(everything, kind="CREATORS")) == (0, 0, 763, 37)
        assert count(await bring(mended_file, kind="CREATORS")) == (0, 0, 37, 0)
        assert len(await list_handles(acme)) == 800
