import datetime as dt
from typing import Any

import asyncpg
import pytest
import redis.asyncio

from tests.brand import join, make_campaign, make_creator, make_deliverable
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tests.outcomes import convert, show
from tests.product_queries import read_query
from tracking.campaigns.models import Stage
from tracking.clicks.event import VERSION, encode_click
from tracking.clock import utc_now
from tracking.links.models import Link
from tracking.reports.fold import fold_all
from tracking.streams import CLICK_STREAM

DAILY_SERIES = read_query("03")
NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
DAY_MS = 24 * 3_600_000
MAY = {"days": {"from": "2026-05-03", "to": "2026-05-06"}}
EVERYWHERE = """
    query ($range: DateRange!) {
        viewer { account { report(range: $range) { totals { ...counts } } } }
        campaigns(first: 2) { nodes {
            report(range: $range) { totals { ...counts } }
            creators(first: 5, range: $range) { edges {
                performance { metrics { ...counts } }
                node { report(range: $range) { totals { ...counts } }
                    creator { report(range: $range) { totals { ...counts } } }
                    links(first: 5) { nodes { report(range: $range) { totals { ...counts } } } } }
            } }
        } }
    }
    fragment counts on Metrics { totalClicks uniqueClicks repeatClicks }
"""


async def make_clicks(tenant: Tenant, pool: asyncpg.Pool) -> Link:
    """Three clicks of two people on the 4th of May at noon, and one on the 6th, on a link of a campaign."""
    campaign = await make_campaign(tenant.account)
    await make_deliverable(tenant.account, campaign)
    await join(tenant.account, campaign, [await make_creator(tenant.account)], Stage.ACCEPTED)
    link = await Link.get(campaign_id=campaign.id)
    noon_ms = int(NOON.timestamp() * 1000)
    whose = {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": link.creator_id}
    days_later = [(0, 1), (0, 1), (0, 2), (2, 1)]
    events = [
        make_event(tenant.account.id, at_ms=noon_ms + days * DAY_MS + place, visitor=visitor, **whose)
        for place, (days, visitor) in enumerate(days_later)
    ]
    await store(pool, *events, backfill=True)
    await fold_all(pool)
    return link


@pytest.mark.feature("LO10", "LO11", "LO12", "LO13", "LS14", "R12")
@pytest.mark.parametrize(
    ("wanted", "counts"),
    [
        ({"preset": "LIFETIME"}, (4, 3, 1)),
        (MAY, (4, 3, 1)),
        ({"days": {"from": "2026-05-05", "to": "2026-05-06"}}, (1, 1, 0)),
        ({"instants": {"from": "2026-05-04T12:30:00Z", "to": "2026-05-04T12:31:00Z"}}, (3, 2, 1)),
        ({"instants": {"from": "2026-05-04T13:00:00Z", "to": "2026-05-04T15:00:00Z"}}, (0, 0, 0)),
        ({"preset": "YESTERDAY"}, (0, 0, 0)),
    ],
)
async def test_account_campaign_creator_and_link_tell_the_same_of_a_range(
    acme: Tenant, pool: asyncpg.Pool, wanted: dict[str, Any], counts: tuple[int, int, int]
) -> None:
    await make_clicks(acme, pool)

    data = await acme.ask(EVERYWHERE, range=wanted)

    [campaign] = data["campaigns"]["nodes"]
    [edge] = campaign["creators"]["edges"]
    [link] = edge["node"]["links"]["nodes"]
    reports = [each["report"] for each in (data["viewer"]["account"], campaign, edge["node"], link)]
    told = [report["totals"] for report in [*reports, edge["node"]["creator"]["report"]]]
    assert [tuple(each.values()) for each in [*told, edge["performance"]["metrics"]]] == [counts] * 6


async def test_a_daily_series_has_a_point_for_each_day_that_has_begun(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_clicks(acme, pool)
    [campaign] = (await acme.ask("{ campaigns { nodes { id } } }"))["campaigns"]["nodes"]

    report = (await acme.ask(DAILY_SERIES, campaignId=campaign["id"], range=MAY))["campaign"]["report"]

    assert report["range"] == {"from": "2026-05-03T00:00:00Z", "to": "2026-05-07T00:00:00Z"}
    assert [(point["at"][:10], point["metrics"]["totalClicks"]) for point in report["series"]] == [
        ("2026-05-03", 0), ("2026-05-04", 3), ("2026-05-05", 0), ("2026-05-06", 1)
    ]  # fmt: skip
    assert [point["complete"] for point in report["series"]] == [True] * 4


async def test_today_is_not_complete(acme: Tenant) -> None:
    query = "{ viewer { account { report(range: { preset: TODAY }) { series(grain: DAY) { complete } } } } }"

    data = await acme.ask(query)

    assert data["viewer"]["account"]["report"]["series"] == [{"complete": False}]


class TestFreshness:
    QUERY = "{ viewer { account { report(range: { preset: LIFETIME }) { asOf backlog } } } }"

    async def ask(self, tenant: Tenant) -> tuple[dt.datetime, int]:
        report = (await tenant.ask(self.QUERY))["viewer"]["account"]["report"]
        return dt.datetime.fromisoformat(report["asOf"]), report["backlog"]

    async def test_when_nothing_waits_the_figures_are_of_now(self, acme: Tenant) -> None:
        before = utc_now()

        as_of, backlog = await self.ask(acme)

        assert before <= as_of <= utc_now()
        assert backlog == 0

    async def test_a_click_in_the_stream_is_told_and_the_figures_are_older_than_it(
        self, acme: Tenant, redis_client: redis.asyncio.Redis
    ) -> None:
        entry = await redis_client.xadd(CLICK_STREAM, {VERSION: encode_click(make_event(acme.account.id))})
        arrived_ms = int(entry.split(b"-")[0])

        as_of, backlog = await self.ask(acme)

        assert backlog == 1
        assert as_of.timestamp() * 1000 <= arrived_ms

    async def test_clicks_that_are_stored_and_not_folded_are_told(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await fold_all(pool)
        folded_at = await pool.fetchval("SELECT folded_at FROM fold_state")
        await store(pool, make_event(acme.account.id), make_event(acme.account.id, visitor=2))

        assert await self.ask(acme) == (folded_at, 2)

    @pytest.mark.feature("LO16")
    async def test_conversions_that_are_stored_and_not_folded_are_told(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await fold_all(pool)
        folded_at = await pool.fetchval("SELECT outcomes_folded_at FROM fold_state")
        await convert(pool, acme.account.id)
        await convert(pool, acme.account.id, event="refund", value_minor=-250, is_counted=False)
        await show(pool, acme.account.id, 3)

        assert await self.ask(acme) == (folded_at, 5)
        await fold_all(pool)
        assert (await self.ask(acme))[1] == 0


@pytest.mark.parametrize(
    "wanted",
    [
        {"days": {"from": "2026-05-02", "to": "2026-05-01"}},
        {"instants": {"from": "2026-05-02T00:00:00Z", "to": "2026-05-02T00:00:00Z"}},
        {"days": {"from": "0001-01-01", "to": "9999-12-31"}},
    ],
)
async def test_a_range_that_cannot_be_meant_is_the_clients_fault(acme: Tenant, wanted: dict[str, Any]) -> None:
    assert await acme.refuse(EVERYWHERE, range=wanted) == "BAD_USER_INPUT"


async def test_a_range_is_said_in_one_way(acme: Tenant) -> None:
    wanted = {"preset": "TODAY", "days": {"from": "2026-05-01", "to": "2026-05-02"}}

    answer = (await acme.graph.post(EVERYWHERE, api_key=acme.key, range=wanted)).json()

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]


async def test_a_series_of_too_many_points_is_the_clients_fault(acme: Tenant) -> None:
    query = """
        query ($range: DateRange!) { viewer { account { report(range: $range) { series(grain: HOUR) { at } } } } }
    """

    assert await acme.refuse(query, range={"days": {"from": "2026-01-01", "to": "2026-05-01"}}) == "BAD_USER_INPUT"
