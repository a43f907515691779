"""Kept clicks counted as another tool would have done, with what that differs by from our unique clicks."""

import datetime as dt
from typing import Any, Final

import asyncpg
import pytest

from api.ids import encode_id
from tests.clicking import BOT, make_event, store
from tests.exporting import make_link_of_creator
from tests.integration.api.conftest import Tenant
from tracking.clicks.event import ClickEvent, Fact
from tracking.errors import InvalidInputError
from tracking.links.models import Link
from tracking.reconciling.queries import Wanted, reconcile
from tracking.reconciling.rules import Definition
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("LO10", "R5")

NOON_MS: Final = 1_773_748_800_000  # 2026-03-17T12:00:00Z
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAYS: Final = {"days": {"from": "2026-03-17", "to": "2026-03-18"}}
RECONCILE: Final = """
    query ($range: DateRange!, $definition: ReconcileDefinition!, $campaign: ID, $creator: ID, $link: ID) {
        reconcile(
            range: $range, definition: $definition, campaignId: $campaign, creatorId: $creator, linkId: $link
        ) { range { from to } definition uniqueClicks theirs differences { cause clicks } }
    }
"""


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link_of_creator(acme.account)


async def click(pool: asyncpg.Pool, link: Link, *clicks: tuple[int, int, dict[str, Any]]) -> None:
    """Each so long after noon, by a visitor of this number."""
    events = [_make(link, after_ms, visitor, changes) for after_ms, visitor, changes in clicks]
    await store(pool, *events, backfill=True)
    await fold_all(pool)


def _make(link: Link, after_ms: int, visitor: int, changes: dict[str, Any]) -> ClickEvent:
    labels = {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": link.creator_id}
    return make_event(link.account_id, at_ms=NOON_MS + after_ms, visitor=visitor, **labels, **changes)


async def ask_for(tenant: Tenant, definition: str, **given: Any) -> tuple[int, int, dict[str, int]]:
    """Ours, theirs, and the differences that are not zero; with them all, they add up."""
    asked: dict[str, Any] = {"range": DAYS, "definition": definition, **given}
    found = (await tenant.ask(RECONCILE, **asked))["reconcile"]
    differences = {each["cause"]: each["clicks"] for each in found["differences"]}
    assert sum(differences.values()) == found["theirs"] - found["uniqueClicks"]
    told = {cause: clicks for cause, clicks in differences.items() if clicks}
    return found["uniqueClicks"], found["theirs"], told


async def make_clicks(pool: asyncpg.Pool, link: Link) -> None:
    """A person who comes back, another one before and after midnight, a program and a browser that looks ahead."""
    await click(
        pool,
        link,
        (0, 1, {}),
        (40 * MINUTE_MS, 1, {}),
        (90 * MINUTE_MS, 1, {}),
        (2 * HOUR_MS, 2, {"user_agent": BOT}),
        (3 * HOUR_MS, 3, {"facts": int(Fact.PREFETCH)}),
        (12 * HOUR_MS - 10 * MINUTE_MS, 4, {"client_ip": "198.51.100.4"}),
        (12 * HOUR_MS + 10 * MINUTE_MS, 5, {"client_ip": "198.51.100.4"}),
    )


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ("RAW", (3, 7, {"BOTS": 1, "PREFETCHES": 1, "REPEATS": 2})),
        ("IP_UA_1H", (3, 3, {"REPEATS": 1, "DAY_BORDER": -1})),
        ("COOKIE_24H", (3, 2, {"DAY_BORDER": -1})),
        ("SESSION_30MIN", (3, 4, {"REPEATS": 2, "DAY_BORDER": -1})),
    ],
)
async def test_the_difference_is_told_by_cause(
    acme: Tenant, link: Link, pool: asyncpg.Pool, definition: str, told: tuple[int, int, dict[str, int]]
) -> None:
    await make_clicks(pool, link)

    assert await ask_for(acme, definition) == told


async def test_ours_are_the_unique_clicks_of_the_report(acme: Tenant, link: Link, pool: asyncpg.Pool) -> None:
    await make_clicks(pool, link)
    query = "query ($range: DateRange!) { viewer { account { report(range: $range) { totals { uniqueClicks } } } } }"

    for days in (DAYS, {"days": {"from": "2026-03-18", "to": "2026-03-18"}}, {"preset": "LIFETIME"}):
        reported = (await acme.ask(query, range=days))["viewer"]["account"]["report"]["totals"]["uniqueClicks"]
        assert (await ask_for(acme, "COOKIE_24H", range=days))[0] == reported


async def test_a_window_that_is_open_when_the_range_begins_is_known(
    acme: Tenant, link: Link, pool: asyncpg.Pool
) -> None:
    await make_clicks(pool, link)

    second_day = {"days": {"from": "2026-03-18", "to": "2026-03-18"}}
    assert await ask_for(acme, "IP_UA_1H", range=second_day) == (1, 0, {"DAY_BORDER": -1})


async def test_it_is_of_one_campaign_creator_or_link(acme: Tenant, link: Link, pool: asyncpg.Pool) -> None:
    await make_clicks(pool, link)
    await store(pool, make_event(acme.account.id, at_ms=NOON_MS, link_id=link.id + 1), backfill=True)

    ids = {
        "campaign": encode_id("Campaign", link.campaign_id or 0),
        "creator": encode_id("Creator", link.creator_id or 0),
        "link": encode_id("Link", link.id),
    }
    assert (await ask_for(acme, "RAW"))[1] == 8
    for name, global_id in ids.items():
        assert (await ask_for(acme, "RAW", **{name: global_id}))[1] == 7
    assert await ask_for(acme, "RAW", campaign=encode_id("Campaign", 987654321)) == (0, 0, {})


async def test_nothing_of_another_account_is_counted(
    acme: Tenant, other: Tenant, link: Link, pool: asyncpg.Pool
) -> None:
    await make_clicks(pool, link)

    assert await ask_for(other, "RAW", link=encode_id("Link", link.id)) == (0, 0, {})
    assert await ask_for(other, "RAW") == (0, 0, {})
    assert (await ask_for(acme, "RAW"))[:2] == (3, 7)


class TestRangesThatCannotBeReconciled:
    async def test_one_that_begins_before_the_first_kept_click(
        self, acme: Tenant, link: Link, pool: asyncpg.Pool
    ) -> None:
        await make_clicks(pool, link)
        kept_from = dt.datetime(2026, 3, 18, tzinfo=dt.UTC)
        await pool.execute("INSERT INTO click_retention VALUES ($1, $2)", acme.account.id, kept_from)

        answer = (await acme.graph.post(RECONCILE, api_key=acme.key, range=DAYS, definition="RAW")).json()
        everything = await acme.ask(RECONCILE, range={"preset": "LIFETIME"}, definition="RAW")

        [error] = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"] == (
            "clicks are kept from 2026-03-18T00:00:00+00:00 on: choose a range that begins then or later"
        )
        assert everything["reconcile"]["range"]["from"] == "2026-03-18T00:00:00Z"

    async def test_one_of_more_clicks_than_are_read_at_once(self, acme: Tenant, link: Link, pool: asyncpg.Pool) -> None:
        await make_clicks(pool, link)
        day = dt.datetime.fromtimestamp(NOON_MS / 1_000, dt.UTC)
        wanted = Wanted(Definition.RAW, day, day + dt.timedelta(days=1))

        found, _ = await reconcile(pool, acme.account.id, wanted, limit=7)
        with pytest.raises(InvalidInputError, match="that is more than 6 clicks: choose a shorter range"):
            await reconcile(pool, acme.account.id, wanted, limit=6)

        assert found.theirs == 7

    async def test_two_of_them_in_one_query(self, acme: Tenant) -> None:
        wanted = "reconcile(range: { preset: TODAY }, definition: RAW) { theirs }"

        assert await acme.refuse(f"{{ first: {wanted} second: {wanted} }}") == "QUERY_TOO_COMPLEX"
