"""A visitor is forgotten in every store, whatever counted stays, and whoever leaves a place out is found."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
import redis.asyncio
from tortoise.context import TortoiseContext

from tests.audience import make_link, make_link_site
from tests.clicking import DAY_MS, read_totals, store
from tests.erasing import HOUR
from tests.erasing_visitors import (
    COOKIE,
    NEEDLES,
    TODAY,
    WHO,
    Place,
    make_order,
    make_visit,
    plant_visitor,
)
from tests.settling import read_conversion
from tracking.clicks import store as storing
from tracking.clicks.event import VERSION, decode_click, encode_click
from tracking.clicks.store import LATE_LIMIT_MS
from tracking.clock import now_ms, utc_now
from tracking.conversions import store as storing_conversions
from tracking.conversions.store import store_conversions
from tracking.erasure import running, visitor_clicks, visitor_running
from tracking.erasure.models import ErasureStatus
from tracking.erasure.rules import NOBODY_BEGINS, is_nobody
from tracking.erasure.visitor_service import erase_visitor
from tracking.erasure.visitors import Forgotten
from tracking.settings import Settings
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM
from worker.ingest import Ingester

pytestmark = pytest.mark.feature("R10", "R12")

RENAME_NOTHING = "SELECT FROM correction_click WHERE $1::bigint > 0 AND $2::bytea[] = '{}'"


@pytest.fixture
async def place(
    orm: TortoiseContext, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, settings: Settings, tmp_path: Path
) -> Place:
    settings = msgspec.structs.replace(settings, spool_dir=tmp_path / "spool")
    return Place(pool, redis_client, settings, await plant_visitor(pool, redis_client, settings))


async def test_nothing_of_a_visitor_is_found_anywhere_and_what_counted_counts_on(
    place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    traces = await place.search()
    stores = {trace.partition(" in ")[2] for trace in traces}
    assert {trace.partition(" in ")[0] for trace in traces} == NEEDLES.keys()
    assert stores >= {"click", "unique_click", "conversion_report", "correction_click", "user_agent"}
    assert stores >= {"creatrail:clicks", "creatrail:clicks:dead"}
    assert any(store.endswith((".ready", ".open")) for store in stores)
    before = await place.read_counts()
    totals = await read_totals(place.pool, place.account_id)
    sale = await read_conversion(place.pool, place.visited.order)

    erasure = await erase_visitor(place.account_id, WHO)
    await place.pass_over(erasure)
    assert await place.read_counts() == before
    erasure = await place.run_all(erasure)

    assert erasure.status is ErasureStatus.COMPLETED
    assert await place.search() == set()
    after = await read_totals(place.pool, place.account_id)
    waited = {"human_clicks": 2, "counted_clicks": 2}  # in the stream and in the spool, by somebody who was there today
    assert after == {name: count + waited.get(name, 0) for name, count in totals.items()}
    assert await place.audit() == []
    kept = await read_conversion(place.pool, place.visited.order)
    assert (kept["click_id"], kept["status"], kept["method"]) == (sale["click_id"], sale["status"], sale["method"])
    said = "".join(capfd.readouterr())
    assert [text for forms in NEEDLES.values() for text in forms if text.decode("latin-1") in said] == []


async def test_nobody_is_another_one_on_each_link(place: Place) -> None:
    await place.run_all(await erase_visitor(place.account_id, WHO))

    rows = await place.pool.fetch(
        "SELECT link_id, visitor_key FROM click WHERE visitor_key >= $1 GROUP BY 1, 2 ORDER BY 1", NOBODY_BEGINS
    )

    first, second = place.visited.link_ids
    assert [row["link_id"] for row in rows] == [first, first, second]  # two keys of the cookie on the first link
    assert len({row["visitor_key"] for row in rows}) == 3


async def _do_nothing(*_: Any) -> int:
    return 0


def _name_keys(*tables: str) -> set[str]:
    return {f"{key} in {table}" for table in tables for key in ("cookie's id", "hash of a day")}


async def _forget_nobody(*_: Any) -> Forgotten:
    return Forgotten()


@pytest.mark.parametrize(
    ("module", "step", "instead", "remains"),
    [
        (
            visitor_clicks,
            "_blank_batch",
            _do_nothing,
            _name_keys("click", "unique_click")
            | {"cookie's id in correction_click", "network in click", "user agent in user_agent"},
        ),
        (
            visitor_clicks,
            "_rename_reports",
            _do_nothing,
            _name_keys("conversion_report", "erased_visitor") | {"user agent in user_agent"},
        ),
        (visitor_clicks, "_RENAME_FOUND", RENAME_NOTHING, {"cookie's id in correction_click"}),
        (visitor_clicks, "rename_uniques", _do_nothing, _name_keys("unique_click")),
        (visitor_running, "drop_exports", _do_nothing, {"a file of an export"}),
        (
            visitor_running,
            "forget_user_agents",
            _do_nothing,
            _name_keys("erased_visitor") | {"user agent in user_agent"},
        ),
    ],
)
async def test_a_step_that_is_left_out_is_found_where_it_would_have_been(  # noqa: PLR0917 -- cases of a table
    monkeypatch: pytest.MonkeyPatch, place: Place, module: Any, step: str, instead: Any, remains: set[str]
) -> None:
    """The negative control of the search."""
    monkeypatch.setattr(module, step, instead)

    await place.run_all(await erase_visitor(place.account_id, WHO))

    chunks = await place.pool.fetchval("SELECT count(*) FROM export_chunk")
    assert await place.search() | ({"a file of an export"} if chunks else set()) == remains


async def test_a_dead_letter_that_is_left_out_is_found(place: Place) -> None:
    erasure = await erase_visitor(place.account_id, WHO)
    for later in (HOUR, HOUR, 4 * HOUR):
        await running.run_erasure(place.pool, erasure.id, stored_until=utc_now() + later, now=utc_now() + later)

    assert {found.partition(" in ")[2] for found in await place.search()} >= {"creatrail:clicks:dead"}


@pytest.mark.parametrize("module", [storing, storing_conversions])
async def test_a_store_that_does_not_ask_is_found(monkeypatch: pytest.MonkeyPatch, place: Place, module: Any) -> None:
    """Whoever looks before the next pass sees what came late under its name."""
    erasure = await erase_visitor(place.account_id, WHO)
    for later in (0 * HOUR, HOUR, HOUR, 4 * HOUR):
        await place.pass_over(erasure, later)
    monkeypatch.setattr(module, "read_forgotten", _forget_nobody)

    await store(place.pool, make_visit(place.visited.site, place.visited.link_ids[0]))
    await store_conversions(place.pool, [make_order(place.visited.site, place.visited.link_ids[0])])

    tables = {found.partition(" in ")[2] for found in await place.search()}
    assert ("click" in tables, "conversion_report" in tables) == (module is storing, module is storing_conversions)


async def test_an_earlier_click_that_comes_late_takes_the_unique_over_as_nobodys(place: Place) -> None:
    """It lay in a spool of another host."""
    late = make_visit(place.visited.site, place.visited.link_ids[1], at_ms=(TODAY - 1) * DAY_MS)
    erasure = await erase_visitor(place.account_id, WHO)
    for _ in range(2):
        await place.pass_over(erasure)
    before = await read_totals(place.pool, place.account_id)

    await store(place.pool, late)

    more = {"human_clicks": 1, "counted_clicks": 1}
    after = await read_totals(place.pool, place.account_id)
    assert after == {name: count + more.get(name, 0) for name, count in before.items()}
    keys = await place.pool.fetch("SELECT visitor_key FROM unique_click WHERE click_id = $1", UUID(bytes=late.click_id))
    assert [is_nobody(row["visitor_key"]) for row in keys] == [True]
    assert await place.audit() == []


async def test_a_sale_that_is_reported_afterwards_finds_the_click_all_the_same(place: Place) -> None:
    erasure = await erase_visitor(place.account_id, WHO)
    await place.pass_over(erasure)
    order = make_order(place.visited.site, place.visited.link_ids[1])

    await store_conversions(place.pool, [order, place.visited.order])

    sold = [await read_conversion(place.pool, each) for each in (place.visited.order, order)]
    assert [(row["method"], row["status"]) for row in sold] == [(sold[0]["method"], sold[0]["status"])] * 2
    assert sold[1]["click_id"] is not None
    assert not any("conversion_report" in found for found in await place.search())


@pytest.mark.parametrize("dies_at", [1, 2, 4])
async def test_whoever_is_killed_half_way_is_followed_by_one_who_ends_it(
    monkeypatch: pytest.MonkeyPatch, place: Place, dies_at: int
) -> None:
    points = 0

    def die(_: str) -> None:
        nonlocal points
        points += 1
        if points == dies_at:
            raise ConnectionResetError

    before = await place.read_counts()
    erasure = await erase_visitor(place.account_id, WHO)
    with monkeypatch.context() as dying:
        dying.setattr(visitor_clicks, "maybe_crash", die)
        dying.setattr(visitor_clicks, "CLICKS_AT_ONCE", 4)
        dying.setattr(visitor_clicks, "_BATCH", visitor_clicks._BATCH.replace("LIMIT 2000", "LIMIT 4"))
        with pytest.raises(ConnectionResetError):
            await place.pass_over(erasure)

    await place.pass_over(erasure)
    assert await place.read_counts() == before
    await place.run_all(erasure)

    assert await place.search() == set()
    assert await place.audit() == []


async def test_two_who_are_at_it_at_once_forget_as_one(place: Place) -> None:
    before = await place.read_counts()
    erasure = await erase_visitor(place.account_id, WHO)

    await asyncio.gather(*(place.pass_over(erasure) for _ in range(3)))

    assert await place.read_counts() == before
    await place.run_all(erasure)
    assert await place.search() == set()
    assert await place.audit() == []


async def test_it_runs_beside_clicks_that_are_stored(place: Place) -> None:
    """Prepared before it was known who is forgotten, and after."""
    link_id = place.visited.link_ids[0]
    before = await read_totals(place.pool, place.account_id)

    async def go_on() -> None:
        for _ in range(30):
            await store(place.pool, make_visit(place.visited.site, link_id), make_visit(place.visited.site, link_id))

    async with asyncio.TaskGroup() as beside:
        beside.create_task(go_on())
        erasure = await erase_visitor(place.account_id, WHO)
        for _ in range(4):
            await place.pass_over(erasure)
    await place.run_all(erasure)

    after = await read_totals(place.pool, place.account_id)
    assert after["counted_clicks"] == before["counted_clicks"] + 62
    assert after["unique_clicks"] == before["unique_clicks"]
    assert await place.search() == set()
    assert await place.audit() == []


@pytest.mark.feature("R11")
async def test_who_has_the_same_cookie_in_another_account_is_not_touched(place: Place) -> None:
    site = await make_link_site(place.pool, slug="other")
    link_id = await make_link(place.pool, site, "theirs")
    theirs = make_visit(site, link_id)
    await store(place.pool, theirs)
    read = "SELECT visitor_key, network, user_agent_id, id FROM click WHERE account_id = $1"
    before = await place.pool.fetch(read, site.account_id)

    await place.run_all(await erase_visitor(place.account_id, WHO))
    await store(place.pool, make_visit(site, link_id))

    after = await place.pool.fetch(read, site.account_id)
    assert [row for row in after if row["id"] == before[0]["id"]] == before
    assert [row["visitor_key"] for row in after] == [COOKIE.visitor_id] * 2


async def test_who_made_a_click_that_came_too_late_is_not_buried_with_it(place: Place) -> None:
    """It lay in a spool for longer than anybody looks for it."""
    await place.client.delete(CLICK_STREAM, DEAD_CLICK_STREAM)
    at_ms = now_ms() - LATE_LIMIT_MS - 60_000
    late = make_visit(place.visited.site, place.visited.link_ids[0], at_ms=at_ms, visitor_day=at_ms // DAY_MS)
    await place.client.xadd(CLICK_STREAM, {VERSION: encode_click(late)})

    await Ingester(place.settings, place.pool, place.client, lambda: None).drain()

    [(_, letter)] = await place.client.xrange(DEAD_CLICK_STREAM)
    buried = decode_click(letter[b"event"])
    assert (letter[b"why"], buried.click_id, buried.link_id) == (b"too_late", late.click_id, late.link_id)
    assert not any(form in letter[b"event"] for forms in NEEDLES.values() for form in forms)
