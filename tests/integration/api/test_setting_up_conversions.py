"""The document that leads from nothing to an order that counts, step by step."""

from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.converting import make_report
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.store import store_conversions

SET_UP = read_query("16")


async def run_step(tenant: Tenant, operation: str, **variables: object) -> dict[str, Any]:
    """One of the operations of the document, as a client that sends all of it does."""
    headers = {"Authorization": f"Bearer {tenant.key}"}
    body = {"query": SET_UP, "operationName": operation, "variables": variables}
    answer = (await tenant.graph.client.post("/graphql", json=body, headers=headers)).json()
    assert "errors" not in answer, answer
    [result] = answer["data"].values()
    return dict(result)


@pytest.mark.feature("LO14", "TR13")
async def test_six_steps_lead_from_nothing_to_orders_that_count(acme: Tenant, pool: asyncpg.Pool) -> None:
    key = (await run_step(acme, "CreateSnippetKey"))["snippetKey"]["key"]
    named = await run_step(acme, "NamePages", origins=["https://shop.example"])
    tracking = (await run_step(acme, "Installation"))["account"]["conversionTracking"]
    secret = (await run_step(acme, "CreateSigningKey"))["secret"]
    link = await make_link(acme.account, await make_creator(acme.account, "mia"))
    sale = {"txnId": "1001", "revenue": "12.50", "currency": "EUR", "linkId": encode_id("Link", link.id)}
    [recorded, refused] = (await run_step(acme, "RecordConversions", conversions=[sale, {"revenue": "1"}]))["items"]
    report = make_report(acme.account.id, link_id=link.id, proof=Proof.NONE, source=Source.PIXEL)
    [held] = (await store_conversions(pool, [report])).conversion_ids
    assert held is not None
    [approved] = (await run_step(acme, "Approve", ids=[encode_id("Conversion", held)]))["items"]

    assert f'data-key="{key}"' in tracking["landingSnippet"]
    assert named["conversionTracking"]["snippetOrigins"] == ["https://shop.example"]
    assert [check["state"] for check in tracking["checks"]][:2] == ["OK", "MISSING"]
    assert secret.startswith("ct_sign_")
    assert recorded["node"]["explanation"] == "Approved. Credited by its link, and to no click."
    assert (refused["ok"], refused["errors"][0]["path"]) == (False, ["conversions", "1", "txnId"])
    assert (approved["ok"], approved["node"]["status"]) == (True, "APPROVED")
