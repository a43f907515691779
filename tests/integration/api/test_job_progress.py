"""The subscription `jobProgress` and the field `job`: how far work is, whatever kind of work."""

import pytest

from api.ids import encode_id
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tests.streaming import ServedGraph
from tracking.clock import utc_now
from tracking.imports.models import Import, ImportFormat, ImportKind, ImportStatus

FIELDS = "id kind status progress { done total } failure finishedAt node { id __typename }"
PROGRESS = f"subscription ($id: ID!) {{ jobProgress(id: $id) {{ {FIELDS} }} }}"


async def make_import(tenant: Tenant) -> Import:
    return await Import.create(
        account_id=tenant.account.id,
        kind=ImportKind.CREATORS,
        format=ImportFormat.CSV,
        status=ImportStatus.QUEUED,
        upload_expires_at=utc_now(),
    )


@pytest.mark.feature("CU11")
async def test_it_is_told_at_once_when_it_changes_and_ends_with_the_work(served: ServedGraph, acme: Tenant) -> None:
    made = await make_import(acme)
    job_id = encode_id("Import", made.id)
    row = Import.filter(id=made.id)
    async with served.open_stream(acme.key) as stream:
        await stream.subscribe(PROGRESS, id=job_id)
        told = [await stream.receive_event()]
        await row.update(status=ImportStatus.RUNNING, rows_total=10, rows_done=4)
        told.append(await stream.receive_event())
        await row.update(status=ImportStatus.FAILED, rows_done=5, failure="The file ends.", ended_at=utc_now())
        told.append(await stream.receive_event())
        assert (await stream.receive())["type"] == "complete"

    assert [(each["status"], each["progress"], each["failure"]) for each in told] == [
        ("WAITING", {"done": 0, "total": None}, None),
        ("RUNNING", {"done": 4, "total": 10}, None),
        ("FAILED", {"done": 5, "total": 10}, "The file ends."),
    ]
    assert {(each["id"], each["kind"]) for each in told} == {(job_id, "IMPORT")}
    assert told[0]["node"] == {"id": job_id, "__typename": "Import"}
    assert told[2]["finishedAt"] is not None


async def test_work_that_has_ended_is_told_once(served: ServedGraph, acme: Tenant) -> None:
    made = await make_import(acme)
    await Import.filter(id=made.id).update(status=ImportStatus.COMPLETED)
    async with served.open_stream(acme.key) as stream:
        await stream.subscribe(PROGRESS, id=encode_id("Import", made.id))

        assert (await stream.receive_event())["status"] == "COMPLETED"
        assert (await stream.receive())["type"] == "complete"


async def test_what_is_no_work_is_refused(served: ServedGraph, acme: Tenant) -> None:
    for unknown in (encode_id("Account", acme.account.id), "garbage", encode_id("Import", 4_000)):
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(PROGRESS, id=unknown)
            [error] = (await stream.receive())["payload"]["errors"]

        assert error["message"] == "`id` names no work of this account."


async def test_the_documents_tell_it_live_and_once(served: ServedGraph, acme: Tenant) -> None:
    made = await make_import(acme)
    given = {"id": encode_id("Import", made.id)}
    document = {"query": read_query("26"), "variables": given}
    async with served.open_stream(acme.key) as stream:
        payload = {**document, "operationName": "Progress"}
        await stream.send({"type": "subscribe", "id": "1", "payload": payload})
        told = await stream.receive_event()
    headers = {"Authorization": f"Bearer {acme.key}"}
    body = {**document, "operationName": "ProgressNow"}
    answer = (await acme.graph.client.post("/graphql", json=body, headers=headers)).json()

    assert told == {"kind": "IMPORT", "status": "WAITING", "progress": {"done": 0, "total": None}, "failure": None}
    assert answer["data"]["job"] == {**told, "finishedAt": None}
