"""`compareTo`: the counts of what was before, as a whole and beside each point."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.clicking import make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.outcomes import convert, know_conversions
from tests.statements import recorded_statements
from tracking.clock import utc_now
from tracking.reports.fold import fold_all
from tracking.settings import Settings

pytestmark = pytest.mark.feature("LO13", "CU9", "R12")

MAY = {"days": {"from": "2026-05-03", "to": "2026-05-06"}}
COMPARED = """
    query ($range: DateRange!, $compareTo: Comparison, $grain: Grain! = DAY) { viewer { account {
        report(range: $range, compareTo: $compareTo) {
            previousRange { from to }
            totals { ...counts } previous { ...counts }
            series(grain: $grain) { at metrics { ...counts } previousAt previous { ...counts } }
        }
    } } }
    fragment counts on Metrics { totalClicks conversions netValue { amountMinor } }
"""


async def click_at(pool: asyncpg.Pool, account_id: int, *moments: dt.datetime) -> None:
    events = [
        make_event(account_id, at_ms=int(at.timestamp() * 1_000), visitor=place) for place, at in enumerate(moments)
    ]
    await store(pool, *events, backfill=True)
    await fold_all(pool)


def noon(day: int) -> dt.datetime:
    return dt.datetime(2026, 5, day, 12, tzinfo=dt.UTC)


async def ask(tenant: Tenant, wanted: dict[str, Any], compare_to: dict[str, Any] | None, **more: str) -> dict[str, Any]:
    data = await tenant.ask(COMPARED, range=wanted, compareTo=compare_to, **more)
    report: dict[str, Any] = data["viewer"]["account"]["report"]
    return report


async def test_what_was_before_stands_beside_the_whole_and_each_day(acme: Tenant, pool: asyncpg.Pool) -> None:
    await convert(pool, acme.account.id, occurred_at=noon(1))
    await know_conversions(pool, acme.account.id, noon(1))
    await click_at(pool, acme.account.id, noon(1), noon(1), noon(2), noon(4))

    report = await ask(acme, MAY, {"previous": "PERIOD"})

    assert report["previousRange"] == {"from": "2026-04-29T00:00:00Z", "to": "2026-05-03T00:00:00Z"}
    assert report["totals"] == {"totalClicks": 1, "conversions": 0, "netValue": []}
    assert report["previous"] == {"totalClicks": 3, "conversions": 1, "netValue": [{"amountMinor": 1250}]}
    beside = [(point["previousAt"][:10], point["previous"]) for point in report["series"]]
    assert [(at, counts["totalClicks"], counts["conversions"]) for at, counts in beside] == [
        ("2026-04-29", 0, None), ("2026-04-30", 0, None), ("2026-05-01", 2, 1), ("2026-05-02", 1, 0)
    ]  # fmt: skip


async def test_another_range_is_taken_as_it_is(acme: Tenant, pool: asyncpg.Pool) -> None:
    await click_at(pool, acme.account.id, noon(1), noon(2), noon(20))
    other = {"days": {"from": "2026-05-01", "to": "2026-05-20"}}

    report = await ask(acme, MAY, {"range": other})

    assert report["previous"]["totalClicks"] == 3
    assert [point["previous"]["totalClicks"] for point in report["series"]] == [1, 1, 0, 0]


async def test_without_compare_to_there_is_nothing_beside(acme: Tenant, pool: asyncpg.Pool) -> None:
    await click_at(pool, acme.account.id, noon(1), noon(4))

    report = await ask(acme, MAY, None)

    assert (report["previousRange"], report["previous"]) == (None, None)
    assert {(point["previousAt"], point["previous"]) for point in report["series"]} == {(None, None)}


async def test_today_is_compared_with_what_had_passed_of_yesterday(acme: Tenant, pool: asyncpg.Pool) -> None:
    """In a zone where it is noon, so that yesterday has hours before and after this one."""
    zone = f"Etc/GMT{utc_now().hour - 12:+d}"
    await pool.execute("UPDATE account SET timezone = $2 WHERE id = $1", acme.account.id, zone)
    local = utc_now().astimezone(ZoneInfo(zone)).replace(minute=30, second=0, microsecond=0)
    yesterday = [local.replace(hour=hour) - dt.timedelta(days=1) for hour in (0, 11, 20, 22)]
    events = [make_event(acme.account.id, at_ms=int(at.timestamp() * 1_000), zone=zone) for at in yesterday]
    await store(pool, *events, backfill=True)
    await fold_all(pool)

    for grain in ("DAY", "HOUR"):
        report = await ask(acme, {"preset": "TODAY"}, {"previous": "PERIOD"}, grain=grain)

        assert report["previous"]["totalClicks"] == 2
        assert sum(point["previous"]["totalClicks"] for point in report["series"]) == 2


@pytest.mark.parametrize("compare_to", [{"previous": "PERIOD"}, {"previous": "YEAR"}, {"range": MAY}])
async def test_everything_is_compared_with_nothing(acme: Tenant, compare_to: dict[str, Any]) -> None:
    assert await acme.refuse(COMPARED, range={"preset": "LIFETIME"}, compareTo=compare_to) == "BAD_USER_INPUT"


async def test_nothing_is_compared_with_everything(acme: Tenant) -> None:
    everything = {"range": {"preset": "LIFETIME"}}

    assert await acme.refuse(COMPARED, range=MAY, compareTo=everything) == "BAD_USER_INPUT"


@pytest.mark.usefixtures("answered_once")
async def test_it_costs_as_many_statements_however_much_is_compared(
    acme: Tenant, pool: asyncpg.Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    for day in (4, 5, 6):
        await click_at(pool, acme.account.id, *[noon(day)] * (day - 3), noon(1))
        with recorded_statements(monkeypatch) as statements:
            async with open_graph(settings) as graph:
                await graph.ask(COMPARED, api_key=acme.key, range=MAY, compareTo={"previous": "YEAR"})
        costs.append(len(statements))

    assert costs[1] == costs[2]  # the first also learns what the account is
