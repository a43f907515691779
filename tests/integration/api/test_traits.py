"""Reports by what single clicks tell: device, browser, referrer and the like, over the graph."""

import datetime as dt
from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import BOT, make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.statements import recorded_statements
from tests.traits import catch_up
from tracking.dimensions.looking import rebuild_dimensions
from tracking.links.models import Link
from tracking.reports.fold import fold_all
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R12")

MAY = {"days": {"from": "2026-05-01", "to": "2026-05-31"}}
IN_APP = b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 350.0.0"
PART = """
    fragment part on BreakdownConnection {
        asOf edges { cursor } pageInfo { hasNextPage endCursor }
        nodes {
            key label entity { __typename }
            metrics { totalClicks uniqueClicks botRate conversions netValue { amountMinor } impressions conversionRate }
            previous { totalClicks }
        }
    }
"""
ACCOUNT = (
    """
    query (
        $by: AccountDimension!, $orderBy: BreakdownOrder, $first: Int, $after: String, $range: DateRange!
        $compareTo: Comparison
    ) { viewer { account { report(range: $range, compareTo: $compareTo) {
        asOf totals { totalClicks uniqueClicks }
        breakdown(by: $by, orderBy: $orderBy, first: $first, after: $after) { ...part }
    } } } }
    """
    + PART
)
LINKS = (
    "query ($range: DateRange!) { links(first: 10) { nodes { report(range: $range)"
    " { breakdown(by: REFERRER, first: 10) { ...part } } } } }" + PART
)
LINK = (
    "query ($id: ID!, $range: DateRange!) { node(id: $id) { ... on Link { report(range: $range)"
    " { breakdown(by: BROWSER) { ...part } } } } }" + PART
)


async def click(tenant: Tenant, pool: asyncpg.Pool, link: Link, day: int, month: int = 5, **changes: Any) -> None:
    at_ms = int(dt.datetime(2026, month, day, 12, tzinfo=dt.UTC).timestamp() * 1_000)
    whose = {"link_id": link.id, "campaign_id": None, "creator_id": link.creator_id}
    await store(pool, make_event(tenant.account.id, at_ms=at_ms, **whose, **changes), backfill=True)


@pytest.fixture
async def link(acme: Tenant, pool: asyncpg.Pool) -> Link:
    """In May two people from Instagram, one twice, a program from nowhere; in April one of the people."""
    link = await make_link(acme.account, await make_creator(acme.account, "ann"))
    await click(acme, pool, link, 1, user_agent=IN_APP)
    await click(acme, pool, link, 1, user_agent=IN_APP)
    await click(acme, pool, link, 2, user_agent=IN_APP, placement="story")
    await click(acme, pool, link, 3, visitor=2, user_agent=BOT, referrer=b"")
    await click(acme, pool, link, 30, month=4)
    await fold_all(pool)
    await catch_up(pool)
    return link


async def ask(tenant: Tenant, by: str, **more: Any) -> dict[str, Any]:
    data = await tenant.ask(ACCOUNT, **{"by": by, "range": MAY, **more})
    report: dict[str, Any] = data["viewer"]["account"]["report"]
    return report


def read_counts(report: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {
        node["key"]: (node["metrics"]["totalClicks"], node["metrics"]["uniqueClicks"])
        for node in report["breakdown"]["nodes"]
    }


async def test_each_trait_adds_up_to_the_totals(acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
    traits = ("DEVICE", "BROWSER", "OS", "IN_APP_BROWSER", "REFERRER", "UNIQUE_METHOD", "PLACEMENT")
    found = {by: read_counts(await ask(acme, by)) for by in traits}

    assert {by: tuple(map(sum, zip(*parts.values(), strict=True))) for by, parts in found.items()} == dict.fromkeys(
        traits, (4, 2)
    )
    assert found["IN_APP_BROWSER"] == {"Instagram": (3, 2), "(none)": (1, 0)}
    assert found["REFERRER"] == {"www.instagram.com": (3, 2), "(none)": (1, 0)}
    assert found["PLACEMENT"] == {"story": (1, 1), "(none)": (3, 1)}
    assert found["UNIQUE_METHOD"] == {"HASH": (4, 2)}
    assert (await ask(acme, "OS"))["totals"] == {"totalClicks": 4, "uniqueClicks": 2}


async def test_a_part_tells_of_clicks_alone(acme: Tenant, link: Link) -> None:
    report = await ask(acme, "REFERRER", compareTo={"previous": "PERIOD"})

    first = report["breakdown"]["nodes"][0]
    assert (first["key"], first["label"], first["entity"]) == ("www.instagram.com", "www.instagram.com", None)
    worth = ("conversions", "netValue", "impressions", "conversionRate")
    assert [first["metrics"][name] for name in worth] == [None] * 4
    assert [node["previous"]["totalClicks"] for node in report["breakdown"]["nodes"]] == [1, 0]


async def test_a_link_has_traits_of_its_own(acme: Tenant, link: Link) -> None:
    data = await acme.ask(LINK, id=encode_id("Link", link.id), range={"preset": "LIFETIME"})

    parts = data["node"]["report"]["breakdown"]["nodes"]
    assert {node["key"]: node["metrics"]["totalClicks"] for node in parts} == {
        "Instagram": 3, "Googlebot": 1, "Chrome": 1
    }  # fmt: skip


async def test_pages_are_cut_in_any_order_of_clicks(acme: Tenant, link: Link) -> None:
    order = {"field": "BOT_RATE", "direction": "DESC"}
    first = (await ask(acme, "REFERRER", orderBy=order, first=1))["breakdown"]
    second = (await ask(acme, "REFERRER", orderBy=order, first=1, after=first["pageInfo"]["endCursor"]))["breakdown"]

    assert [node["key"] for node in first["nodes"] + second["nodes"]] == ["(none)", "www.instagram.com"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert [node["metrics"]["botRate"] for node in first["nodes"]] == [1.0]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"range": {"instants": {"from": "2026-05-01T01:00:00Z", "to": "2026-05-02T00:00:00Z"}}}, "`range`"),
        ({"orderBy": {"field": "NET_VALUE", "direction": "DESC"}}, "`orderBy.field`"),
        ({"by": "COUNTRY"}, "COUNTRIES_FILE"),
    ],
)
async def test_what_no_trait_can_answer_is_refused(
    acme: Tenant, link: Link, changes: dict[str, Any], word: str
) -> None:
    asked = {"by": "BROWSER", "range": MAY, **changes}
    answer = (await acme.graph.post(ACCOUNT, api_key=acme.key, **asked)).json()

    (error,) = answer["errors"]
    assert word in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_countries_are_told_once_a_click_has_one(acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
    await pool.execute("UPDATE click SET country = 'NP' WHERE id = (SELECT id FROM click ORDER BY id DESC LIMIT 1)")
    await rebuild_dimensions(pool, acme.account.id)

    assert read_counts(await ask(acme, "COUNTRY")) == {"NP": (1, 0), "(none)": (3, 2)}


async def test_parts_say_up_to_when_they_are_complete(acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
    report = await ask(acme, "BROWSER")
    assert report["breakdown"]["asOf"] == report["asOf"]

    await click(acme, pool, link, 4, visitor=9)
    await fold_all(pool)
    stored_at = await pool.fetchval("SELECT created_at FROM event_outbox")

    report = await ask(acme, "BROWSER")
    assert dt.datetime.fromisoformat(report["breakdown"]["asOf"]) == stored_at
    assert dt.datetime.fromisoformat(report["asOf"]) > stored_at
    assert report["totals"]["totalClicks"] == 5
    assert sum(clicks for clicks, _ in read_counts(report).values()) == 4
    by_link = await ask(acme, "LINK")
    assert by_link["breakdown"]["asOf"] == by_link["asOf"]

    await catch_up(pool)
    assert sum(clicks for clicks, _ in read_counts(await ask(acme, "BROWSER")).values()) == 5


@pytest.mark.usefixtures("answered_once")
async def test_traits_of_many_links_cost_as_many_statements_as_of_one(
    settings: Settings, acme: Tenant, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[int] = []
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            for handles in ((), ("bob", "cleo")):
                for handle in handles:
                    await make_link(acme.account, await make_creator(acme.account, handle))
                await graph.ask("{ viewer { expiresAt } }", api_key=acme.key)
                statements.clear()
                await graph.ask(LINKS, api_key=acme.key, range=MAY)
                costs.append(len(statements))

    assert costs[0] == costs[1]
