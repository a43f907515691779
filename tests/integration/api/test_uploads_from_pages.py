"""Files that a page of another origin sends and fetches: as its account allows, and as its browser needs to hear."""

import httpx2
import pytest

from tests.importing import announce, read_import, read_no_click, upload
from tests.integration.api.conftest import Tenant
from tests.integration.api.test_imports import notify_nobody, read_id
from tracking.accounts.models import Account
from tracking.imports.running import run_import

APP = "https://app.example"
EVIL = "https://evil.example"
CONTENT = b"handle\nanna\n"

pytestmark = pytest.mark.feature("CU11", "R11")


async def allow(tenant: Tenant, origin: str) -> None:
    await Account.filter(id=tenant.account.id).update(allowed_origins=[origin])


def read_permission(response: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def ask_first(tenant: Tenant, url: str, origin: str) -> httpx2.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    return await tenant.graph.client.options(url, headers=headers)


async def test_a_page_of_an_allowed_origin_sends_its_file(acme: Tenant) -> None:
    await allow(acme, APP)
    announced = await announce(acme.ask, kind="CREATORS")

    preflight = await ask_first(acme, announced["uploadUrl"], APP)
    answer = await acme.graph.client.put(announced["uploadUrl"], content=CONTENT, headers={"Origin": APP})

    assert (preflight.status_code, answer.status_code) == (204, 201)
    assert read_permission(preflight) == {
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "PUT",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
    }
    assert read_permission(answer) == {"access-control-allow-origin": APP}
    again = await acme.graph.client.put(announced["uploadUrl"], content=CONTENT, headers={"Origin": APP})
    assert (again.status_code, read_permission(again)) == (409, {"access-control-allow-origin": APP})


@pytest.mark.parametrize("origin", [EVIL, "null"])
async def test_any_other_page_sends_nothing(acme: Tenant, origin: str) -> None:
    await allow(acme, APP)
    announced = await announce(acme.ask, kind="CREATORS")

    preflight = await ask_first(acme, announced["uploadUrl"], origin)
    answer = await acme.graph.client.put(announced["uploadUrl"], content=CONTENT, headers={"Origin": origin})

    assert [(each.status_code, read_permission(each)) for each in (preflight, answer)] == [(403, {}), (403, {})]
    assert (await read_import(acme.ask, announced["id"]))["status"] == "AWAITING_UPLOAD"


async def test_an_origin_of_one_account_says_nothing_for_the_imports_of_another(acme: Tenant, other: Tenant) -> None:
    await allow(acme, APP)
    announced = await announce(other.ask, kind="CREATORS")

    answer = await other.graph.client.put(announced["uploadUrl"], content=CONTENT, headers={"Origin": APP})

    assert answer.status_code == 403
    assert (await read_import(other.ask, announced["id"]))["status"] == "AWAITING_UPLOAD"


async def test_bad_rows_are_read_by_the_pages_that_may(acme: Tenant) -> None:
    await allow(acme, APP)
    announced = await announce(acme.ask, kind="CREATORS")
    await upload(acme.graph.client, announced["uploadUrl"], b"handle\nhas blank\n")
    await run_import(read_id(announced["id"]), notify_nobody, read_no_click)
    url = (await read_import(acme.ask, announced["id"]))["badRowsUrl"]

    answers = [
        await acme.graph.client.get(url, headers={"Origin": origin} if origin else {}) for origin in (APP, EVIL, None)
    ]

    assert [answer.status_code for answer in answers] == [200, 403, 200]
    assert [read_permission(answer) for answer in answers] == [{"access-control-allow-origin": APP}, {}, {}]
