"""Reports part by part, over the graph: what each part is called, what it is about, and what was before."""

import datetime as dt
from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.outcomes import convert, know_conversions
from tests.statements import recorded_statements
from tracking.links.models import Link
from tracking.reports.fold import fold_all
from tracking.settings import Settings

pytestmark = pytest.mark.feature("CU12", "LO11", "R12")

MAY = {"days": {"from": "2026-05-01", "to": "2026-05-31"}}
PART = """
    fragment part on BreakdownNode {
        key label metrics { totalClicks uniqueClicks conversions netValue { amountMinor currency } }
        previous { totalClicks conversions }
        entity { __typename ... on Link { label } ... on Creator { handle } }
    }
"""
ACCOUNT = (
    """
    query (
        $by: AccountDimension!, $orderBy: BreakdownOrder, $first: Int, $after: String, $last: Int, $before: String
        $range: DateRange!, $compareTo: Comparison
    ) { viewer { account { report(range: $range, compareTo: $compareTo) {
        totals { totalClicks }
        breakdown(by: $by, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
            nodes { ...part } edges { cursor }
            pageInfo { hasNextPage hasPreviousPage endCursor }
        }
    } } } }
    """
    + PART
)
CREATORS = (
    """query ($range: DateRange!) { creators(first: 100) { nodes { report(range: $range, compareTo: { previous: YEAR })
        { breakdown(by: LINK) { nodes { ...part } } } } } }"""
    + PART
)


async def click(tenant: Tenant, pool: asyncpg.Pool, link: Link | None, days: list[int], month: int = 5) -> None:
    whose: dict[str, Any] = {"link_id": 0, "campaign_id": None, "creator_id": None}
    if link:
        whose = {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": link.creator_id}
    else:
        whose |= {"message_id": 5, "slot": 1, "contact_id": 9}
    moments = [dt.datetime(2026, month, day, 12, tzinfo=dt.UTC) for day in days]
    events = [make_event(tenant.account.id, at_ms=int(at.timestamp() * 1_000), **whose) for at in moments]
    await store(pool, *events, backfill=True)


async def make_links(tenant: Tenant, pool: asyncpg.Pool) -> list[Link]:
    """Three clicks in May on a link of ann's, one of them in April too, two on bob's, one on a contact's own."""
    creators = [await make_creator(tenant.account, handle) for handle in ("ann", "bob")]
    labels = ["bio", ""]
    links = [
        await make_link(tenant.account, creator, label=label) for creator, label in zip(creators, labels, strict=True)
    ]
    await click(tenant, pool, links[0], [1, 2, 3])
    await click(tenant, pool, links[0], [30], month=4)
    await click(tenant, pool, links[1], [4, 5])
    await click(tenant, pool, None, [6])
    when = dt.datetime(2026, 5, 9, tzinfo=dt.UTC)
    await know_conversions(pool, tenant.account.id, when)
    await convert(pool, tenant.account.id, link_id=links[1].id, creator_id=links[1].creator_id, occurred_at=when)
    await fold_all(pool)
    return links


async def ask(tenant: Tenant, by: str, **more: Any) -> dict[str, Any]:
    data = await tenant.ask(ACCOUNT, **{"by": by, "range": MAY, "first": None, **more})
    report: dict[str, Any] = data["viewer"]["account"]["report"]
    return report


async def test_links_are_named_and_what_is_no_links_is_told(acme: Tenant, pool: asyncpg.Pool) -> None:
    links = await make_links(acme, pool)

    report = await ask(acme, "LINK", compareTo={"previous": "PERIOD"})

    assert report["totals"] == {"totalClicks": 6}
    told = [
        (each["key"], each["label"], each["metrics"]["totalClicks"], each["previous"]["totalClicks"], each["entity"])
        for each in report["breakdown"]["nodes"]
    ]
    assert told == [
        (encode_id("Link", links[0].id), "bio", 3, 1, {"__typename": "Link", "label": "bio"}),
        (encode_id("Link", links[1].id), links[1].slug, 2, 0, {"__typename": "Link", "label": ""}),
        ("(none)", "(none)", 1, 0, None),
    ]


async def test_what_parts_were_worth_stands_beside_their_clicks(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_links(acme, pool)

    order = {"field": "NET_VALUE", "direction": "DESC", "currency": "EUR"}
    nodes = (await ask(acme, "CREATOR", orderBy=order, compareTo={"previous": "PERIOD"}))["breakdown"]["nodes"]

    assert [(each["label"], each["metrics"]["conversions"], each["metrics"]["netValue"]) for each in nodes] == [
        ("bob", 1, [{"amountMinor": 1250, "currency": "EUR"}]), ("ann", 0, []), ("(none)", 0, [])
    ]  # fmt: skip
    assert [each["previous"]["conversions"] for each in nodes] == [None, None, None]  # nobody could know in April
    assert nodes[0]["entity"] == {"__typename": "Creator", "handle": "bob"}


async def test_texts_are_their_own_keys(acme: Tenant, pool: asyncpg.Pool) -> None:
    links = await make_links(acme, pool)
    links[1].tags = ["story", "reel"]
    await links[1].save()

    found = {by: (await ask(acme, by))["breakdown"]["nodes"] for by in ("LABEL", "TAG", "KIND")}

    told = {by: {each["key"]: each["metrics"]["totalClicks"] for each in nodes} for by, nodes in found.items()}
    assert told == {
        "LABEL": {"bio": 3, "(none)": 3},
        "TAG": {"story": 2, "reel": 2, "(none)": 4},
        "KIND": {"CREATOR": 5, "(none)": 1},
    }
    assert {each["label"] == each["key"] and each["entity"] is None for nodes in found.values() for each in nodes}


async def test_pages_go_both_ways_and_cursors_hold_for_their_order_alone(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_links(acme, pool)
    everything = (await ask(acme, "LINK"))["breakdown"]

    first = (await ask(acme, "LINK", first=2))["breakdown"]
    after = first["pageInfo"]["endCursor"]
    second = (await ask(acme, "LINK", first=2, after=after))["breakdown"]
    back = (await ask(acme, "LINK", last=2, before=second["edges"][0]["cursor"]))["breakdown"]

    assert [*first["nodes"], *second["nodes"]] == everything["nodes"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert back["nodes"] == first["nodes"]
    asked = {"by": "LINK", "range": MAY}
    assert await acme.refuse(ACCOUNT, **asked, after=after, orderBy={"field": "BOT_RATE"}) == "BAD_USER_INPUT"
    assert await acme.refuse(ACCOUNT, **asked, first=1_001) == "BAD_USER_INPUT"
    no_currency = {"field": "NET_VALUE", "currency": "euro"}
    assert await acme.refuse(ACCOUNT, **asked, orderBy=no_currency) == "BAD_USER_INPUT"


async def test_without_compare_to_nothing_was_before(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_links(acme, pool)

    assert {each["previous"] for each in (await ask(acme, "LINK"))["breakdown"]["nodes"]} == {None}


async def test_another_accounts_links_are_no_parts(acme: Tenant, other: Tenant, pool: asyncpg.Pool) -> None:
    await make_links(acme, pool)

    assert (await ask(other, "LINK"))["breakdown"]["nodes"] == []


@pytest.mark.usefixtures("answered_once")
async def test_breakdowns_of_many_creators_cost_as_many_statements_as_of_one(
    acme: Tenant, pool: asyncpg.Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            for count in (1, 4):
                for _ in range(count):
                    link = await make_link(acme.account, await make_creator(acme.account))
                    await click(acme, pool, link, [1, 2])
                await fold_all(pool)
                await graph.ask("{ viewer { expiresAt } }", api_key=acme.key)
                statements.clear()
                nodes = (await graph.ask(CREATORS, api_key=acme.key, range=MAY))["creators"]["nodes"]
                costs.append(len(statements))

    assert [len(node["report"]["breakdown"]["nodes"]) for node in nodes] == [1] * 5
    assert costs[0] == costs[1]
