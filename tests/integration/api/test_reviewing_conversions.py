from typing import Any
from uuid import UUID

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.converting import make_report
from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clicks.ids import ClickIdMint
from tracking.clock import now_ms
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.store import store_conversions
from tracking.links.models import Link

REVIEW = """
    mutation ($input: %sConversionsInput!) {
        %sConversions(input: $input) {
            ... on %sConversionsSuccess { items { index ok errors { code path } node { id status reason isCounted } } }
            ... on UserError { code path }
        }
    }
"""
APPROVE = REVIEW % ("Approve", "approve", "Approve")
REJECT = REVIEW % ("Reject", "reject", "Reject")
REMATCH = """
    mutation ($id: ID!) {
        rematchConversion(input: { id: $id }) {
            ... on RematchConversionSuccess { hasChanged conversion { status method click { id } } }
            ... on UserError { code path }
        }
    }
"""
INBOX = "{ conversions(filter: { isInInbox: true }) { nodes { id } } }"
LEDGER = """
    query ($id: ID!) { node(id: $id) { ... on Conversion {
        ledger { nodes { cause status } }
        history(orderBy: OLDEST_FIRST) { nodes { action actor { kind apiKeyName } changes { field before after } } }
    } } }
"""


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link(acme.account, await make_creator(acme.account, "mia"))


@pytest.fixture
async def held_id(acme: Tenant, pool: asyncpg.Pool, link: Link) -> str:
    """Of a sale that a pixel reported of a link: nothing proves it, and no click is known."""
    return await report(pool, acme.account.id, link_id=link.id, proof=Proof.NONE, source=Source.PIXEL)


async def report(pool: asyncpg.Pool, account_id: int, **changes: Any) -> str:
    [conversion_id] = (await store_conversions(pool, [make_report(account_id, **changes)])).conversion_ids
    assert conversion_id is not None
    return encode_id("Conversion", conversion_id)


async def review(tenant: Tenant, mutation: str, *ids: str) -> Any:
    [answer] = (await tenant.ask(mutation, input={"ids": list(ids)})).values()
    return answer


async def list_inbox(tenant: Tenant) -> list[str]:
    return [node["id"] for node in (await tenant.ask(INBOX))["conversions"]["nodes"]]


class TestReviewing:
    @pytest.mark.feature("TR15")
    async def test_what_is_held_counts_once_it_is_approved(self, acme: Tenant, held_id: str) -> None:
        assert await list_inbox(acme) == [held_id]

        answer = await review(acme, APPROVE, held_id)

        node = {"id": held_id, "status": "APPROVED", "reason": "BY_A_PERSON", "isCounted": True}
        assert answer["items"] == [{"index": 0, "ok": True, "errors": [], "node": node}]
        assert await list_inbox(acme) == []

    async def test_what_is_rejected_leaves_the_inbox_and_can_be_approved_still(
        self, acme: Tenant, held_id: str
    ) -> None:
        [rejected] = (await review(acme, REJECT, held_id))["items"]
        inbox = await list_inbox(acme)
        [approved] = (await review(acme, APPROVE, held_id))["items"]

        assert (rejected["node"]["status"], rejected["node"]["reason"], inbox) == ("REJECTED", "BY_A_PERSON", [])
        assert approved["node"]["status"] == "APPROVED"

    async def test_deciding_twice_changes_nothing_the_second_time(
        self, acme: Tenant, pool: asyncpg.Pool, held_id: str
    ) -> None:
        first = await review(acme, APPROVE, held_id)
        entries = await pool.fetchval("SELECT count(*) FROM conversion_entry")

        assert await review(acme, APPROVE, held_id, held_id) == {
            "items": [{**first["items"][0], "index": place} for place in (0, 1)]
        }
        assert await pool.fetchval("SELECT count(*) FROM conversion_entry") == entries

    @pytest.mark.feature("R11")
    async def test_foreign_unknown_and_broken_ids_answer_alike(self, acme: Tenant, other: Tenant, held_id: str) -> None:
        unknown = encode_id("Conversion", UUID(int=5))

        items = (await review(other, APPROVE, held_id, unknown, "garbage"))["items"]

        assert [(item["ok"], item["node"], item["errors"][0]["code"]) for item in items] == [
            (False, None, "NOT_FOUND")
        ] * 3
        assert [item["errors"][0]["path"] for item in items] == [["ids", str(place)] for place in range(3)]
        assert await list_inbox(acme) == [held_id]

    @pytest.mark.parametrize("number", [0, 1_001])
    async def test_too_many_or_none_are_refused_as_a_whole(self, acme: Tenant, held_id: str, number: int) -> None:
        refused = await review(acme, APPROVE, *[held_id] * number)

        assert refused == {"code": "INVALID_INPUT", "path": ["ids"]}
        assert await list_inbox(acme) == [held_id]

    async def test_who_may_only_write_decides_about_none(self, graph: Graph, acme: Tenant, held_id: str) -> None:
        writer = Tenant(acme.account, (await create_api_key(acme.account.id, "w", [Scope.WRITE])).token, graph)

        assert await writer.refuse(APPROVE, input={"ids": [held_id]}) == "FORBIDDEN"
        assert await list_inbox(acme) == [held_id]

    async def test_it_is_noted_who_decided_once_for_each_decision(
        self, graph: Graph, acme: Tenant, held_id: str
    ) -> None:
        key = await create_api_key(acme.account.id, "Ann's", [Scope.ADMIN])
        ann = Tenant(acme.account, key.token, graph)
        for mutation in (APPROVE, APPROVE, REJECT):
            await review(ann, mutation, held_id)

        node = (await acme.ask(LEDGER, id=held_id))["node"]

        actor = {"kind": "API_KEY", "apiKeyName": "Ann's"}
        assert node["history"]["nodes"] == [
            {"action": action, "actor": actor, "changes": []} for action in ("APPROVED", "REJECTED")
        ]
        assert node["ledger"]["nodes"] == [
            {"cause": "RECORDED", "status": "HELD"},
            {"cause": "APPROVED_BY_HAND", "status": "APPROVED"},
            {"cause": "REJECTED_BY_HAND", "status": "REJECTED"},
        ]


class TestRematching:
    @pytest.mark.feature("TR13")
    async def test_a_click_that_came_late_is_found(self, acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
        click_id = ClickIdMint().mint(now_ms() - 60_000)
        conversion_id = await report(pool, acme.account.id, click_ids=[click_id])
        waiting = (await acme.ask(REMATCH, id=conversion_id))["rematchConversion"]
        await store(pool, make_event(acme.account.id, link_id=link.id, click_id=click_id))

        found = (await acme.ask(REMATCH, id=conversion_id))["rematchConversion"]
        again = (await acme.ask(REMATCH, id=conversion_id))["rematchConversion"]

        assert (waiting["hasChanged"], waiting["conversion"]["status"]) == (False, "WAITING")
        matched = {
            "status": "APPROVED",
            "method": "CLICK_ID",
            "click": {"id": encode_id("Click", UUID(bytes=click_id))},
        }
        assert found == {"hasChanged": True, "conversion": matched}
        assert again == {"hasChanged": False, "conversion": matched}
