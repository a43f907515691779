"""Statements in the graph: closed once, read in every form, and proven by whoever has the text."""

import hashlib
import json
from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_campaign, make_creator
from tests.closing import at_ms
from tests.integration.api.conftest import Tenant
from tests.settling import click, convert, report_click
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("R12", "TR21", "LO16")

CLOSE = """
    mutation ($campaignId: ID!, $period: DateRange!, $key: String) {
        closeStatement(input: { campaignId: $campaignId, period: $period, idempotencyKey: $key }) {
            __typename
            ... on UserError { code message path }
            ... on NotCounted { asOf backlog }
            ... on CloseStatementSuccess { statement { id number } }
        }
    }
"""
FIGURES = """
    totalClicks humanClicks suspectClicks botClicks previewFetches prefetches testClicks countedClicks uniqueClicks
    repeatClicks conversions impressions grossValue { amount currency } refunds { amount } netValue { amount }
    payout { amount }
"""
READ = f"""
    query ($campaignId: ID) {{
        statements(filter: {{ campaignId: $campaignId }}) {{
            nodes {{
                number range {{ from to }} closedAt asOf sha256 previousSha256 conversionsSince content csv problems
                campaign {{ name }}
                totals {{ creator {{ handle }} period {{ {FIGURES} }} adjustments {{ {FIGURES} }} }}
                lines {{ nodes {{ creator {{ handle }} period {{ uniqueClicks }} toDate {{ uniqueClicks }} }} }}
                history {{ nodes {{ action }} }}
            }}
        }}
    }}
"""


def march(first: int, last: int) -> dict[str, Any]:
    return {"days": {"from": f"2026-03-{first:02}", "to": f"2026-03-{last:02}"}}


class Site:
    """A campaign of Ann's and Bob's, with what is asked of it."""

    def __init__(self, acme: Tenant, pool: asyncpg.Pool, campaign_id: int, creator_ids: list[int]) -> None:
        self.acme, self.pool, self.campaign_id, self.creator_ids = acme, pool, campaign_id, creator_ids

    async def visit(self, day: int, creator: int) -> Any:
        return await click(
            self.pool,
            self.acme.account.id,
            at_ms=at_ms(day),
            campaign_id=self.campaign_id,
            creator_id=self.creator_ids[creator],
        )

    async def close(self, period: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        campaign_id = encode_id("Campaign", self.campaign_id)
        answer = await self.acme.ask(CLOSE, campaignId=campaign_id, period=period, key=key)
        told: dict[str, Any] = answer["closeStatement"]
        return told

    async def read(self) -> list[dict[str, Any]]:
        """The newest first."""
        answer = await self.acme.ask(READ, campaignId=encode_id("Campaign", self.campaign_id))
        nodes: list[dict[str, Any]] = answer["statements"]["nodes"]
        return nodes


@pytest.fixture
async def site(acme: Tenant, pool: asyncpg.Pool) -> Site:
    creators = [await make_creator(acme.account, handle) for handle in ("=ann", "bob")]
    return Site(acme, pool, (await make_campaign(acme.account)).id, [creator.id for creator in creators])


class TestReading:
    async def test_it_tells_the_same_in_fields_content_and_csv(self, site: Site) -> None:
        await convert(site.pool, report_click(await site.visit(1, 0)))
        await site.visit(2, 1)
        await fold_all(site.pool)
        assert (await site.close(march(1, 2)))["__typename"] == "CloseStatementSuccess"

        [statement] = await site.read()

        period = {
            **dict.fromkeys(("suspectClicks", "botClicks", "previewFetches", "prefetches", "testClicks"), 0),
            **dict.fromkeys(("totalClicks", "humanClicks", "countedClicks", "uniqueClicks"), 2),
            "repeatClicks": 0,
            "conversions": 1,
            "impressions": 0,
            "refunds": [],
            "payout": [],
            "grossValue": [{"amount": "12.50", "currency": "EUR"}],
            "netValue": [{"amount": "12.50"}],
        }
        assert statement["totals"]["period"] == period
        assert statement["totals"]["creator"] is None
        assert json.loads(statement["content"])["totals"]["period"]["uniqueClicks"] == 2
        lines = [(line["creator"]["handle"], line["period"]) for line in statement["lines"]["nodes"]]
        assert lines == [("=ann", {"uniqueClicks": 1}), ("bob", {"uniqueClicks": 1})]
        rows = statement["csv"].splitlines()
        assert rows[0] == "creator_id,creator_handle,part,figure,currency,amount"
        assert f"{encode_id('Creator', site.creator_ids[0])},'=ann,period,grossValue,EUR,12.50" in rows
        assert [entry["action"] for entry in statement["history"]["nodes"]] == ["CLOSED"]

    async def test_whoever_has_the_text_can_prove_it(self, site: Site) -> None:
        for day in (1, 2):
            await site.visit(day, 0)
            await fold_all(site.pool)
            await site.close(march(day, day))

        second, first = await site.read()

        for statement in (first, second):
            assert hashlib.sha256(statement["content"].encode()).hexdigest() == statement["sha256"]
            assert statement["problems"] == []
        assert (first["previousSha256"], second["previousSha256"]) == (None, first["sha256"])
        assert json.loads(second["content"])["previousSha256"] == first["sha256"]

    async def test_what_was_changed_past_the_trigger_is_found(self, site: Site) -> None:
        await site.visit(1, 0)
        await fold_all(site.pool)
        await site.close(march(1, 1))

        async with site.pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(
                "UPDATE statement SET content = replace(content, '\"uniqueClicks\":1', '\"uniqueClicks\":2')"
            )

        [statement] = await site.read()
        assert statement["problems"] == ["the content does not have this hash"]

    async def test_lines_are_paged_both_ways(self, site: Site) -> None:
        for creator in (0, 1):
            await site.visit(1, creator)
        await fold_all(site.pool)
        closed = await site.close(march(1, 1))
        query = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { node(id: $id) {
            ... on Statement { lines(first: $first, after: $after, last: $last, before: $before) {
                nodes { creator { handle } } pageInfo { endCursor hasNextPage hasPreviousPage } } } } }"""

        async def ask(**page: Any) -> tuple[list[str], dict[str, Any]]:
            answer = await site.acme.ask(query, id=closed["statement"]["id"], **page)
            lines = answer["node"]["lines"]
            return [each["creator"]["handle"] for each in lines["nodes"]], lines["pageInfo"]

        handles, info = await ask(first=1)
        assert (handles, info["hasNextPage"]) == (["=ann"], True)
        handles, info = await ask(first=1, after=info["endCursor"])
        assert (handles, info["hasNextPage"]) == (["bob"], False)
        assert (await ask(last=1, before=info["endCursor"]))[0] == ["=ann"]


class TestClosing:
    async def test_a_key_closes_once(self, site: Site) -> None:
        first = await site.close(march(1, 1), key="march-1")
        again = await site.close(march(1, 1), key="march-1")
        other = await site.close(march(2, 2), key="march-1")

        assert first == again
        assert (first["statement"]["number"], other["code"]) == (1, "IDEMPOTENCY_CONFLICT")

    @pytest.mark.parametrize(
        ("period", "words"),
        [
            ({"preset": "TODAY"}, "when it is over"),
            ({"preset": "LIFETIME"}, "whole days"),
            ({"instants": {"from": "2026-03-01T05:00:00Z", "to": "2026-03-02T00:00:00Z"}}, "whole days"),
            (march(2, 1), "a range ends"),
        ],
    )
    async def test_a_period_that_cannot_be_closed_says_why(
        self, site: Site, *, period: dict[str, Any], words: str
    ) -> None:
        refused = await site.close(period)

        assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["period"])
        assert words in refused["message"]

    async def test_what_is_not_counted_yet_says_up_to_when_it_is(self, site: Site, pool: asyncpg.Pool) -> None:
        await pool.execute("UPDATE fold_state SET folded_at = '2026-03-01T12:00:00Z'")
        await site.visit(1, 0)

        refused = await site.close(march(1, 1))

        assert refused["code"] == "NOT_READY"
        assert (refused["asOf"], refused["backlog"]) == ("2026-03-01T12:00:00Z", 1)

    async def test_an_editor_cannot(self, site: Site) -> None:
        key = await create_api_key(site.acme.account.id, "editor", [Scope.READ, Scope.WRITE])
        campaign_id = encode_id("Campaign", site.campaign_id)

        code = await site.acme.graph.refuse(CLOSE, api_key=key.token, campaignId=campaign_id, period=march(1, 1))

        assert code == "FORBIDDEN"
