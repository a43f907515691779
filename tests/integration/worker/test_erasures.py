"""A contact is forgotten in every store, whatever counted stays, and whoever leaves a place out is found."""

import asyncio
import contextlib
from typing import Any

import pytest

from tests.clicking import HUMAN, read_totals, store
from tests.erasing import (
    ADDRESS,
    EXTERNAL_ID,
    NAME,
    REMAINS,
    Site,
    click,
    list_needles,
    make_click,
    record_delivery,
)
from tests.messaging import read_plain_texts
from tests.segmenting import all_of, did, find
from tests.traits import catch_up
from tracking.bots.verdicts import Reason
from tracking.clicks.event import VERSION, encode_click
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.visitors import name_contact
from tracking.clock import now_ms
from tracking.erasure import running
from tracking.erasure.models import Erasure, ErasureStatus
from tracking.erasure.places import MOVES
from tracking.reports.fold import fold_all
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM
from worker.erasure_jobs import resume_erasures
from worker.ingest import Ingester
from worker.stores import Stores

pytestmark = pytest.mark.feature("R10", "R12")


@pytest.fixture
def site(site_of_a_contact: Site) -> Site:
    return site_of_a_contact


async def test_nothing_of_a_contact_is_found_anywhere_and_all_counts_stay(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    traces = await site.search()
    assert {trace.partition(" in ")[0] for trace in traces} == list_needles(site.planted.contact).keys()
    assert {trace for trace in traces if trace.startswith("visitor key in ")} == {
        f"visitor key in {place}"
        for place in ("click", "unique_click", CLICK_STREAM, DEAD_CLICK_STREAM, site.find_spooled())
    }
    before = await site.read_counts()
    totals = await read_totals(site.pool, site.planted.account.id)

    erasure = await site.erase()
    await site.pass_over(erasure)
    assert await site.read_counts() == before
    erasure = await site.run_all(erasure)
    await catch_up(site.pool)

    assert erasure.status is ErasureStatus.COMPLETED
    assert await site.search() == set()
    waited = {"human_clicks": 2, "counted_clicks": 2}  # in the stream and in the spool, by one who clicked before
    after = await read_totals(site.pool, site.planted.account.id)
    assert after == {name: count + waited.get(name, 0) for name, count in totals.items()}
    assert await site.audit() == []
    said = "".join(capfd.readouterr())
    assert [text for text in (EXTERNAL_ID, NAME, ADDRESS, "PlantedBrowser", "planted-4711") if text in said] == []


@pytest.mark.parametrize("place", [place for place in MOVES if place not in {"share links", "links"}])
async def test_a_place_that_is_left_out_is_found(monkeypatch: pytest.MonkeyPatch, site: Site, place: str) -> None:
    """The negative control of the search: each place is one that only its own statement empties."""
    if not place.startswith("waiting"):
        await fold_all(site.pool)
    if place == "waiting events":
        await record_delivery(site.planted)
    monkeypatch.delitem(MOVES, place)
    erasure = await site.erase()

    await site.run_all(erasure)

    assert await site.search() == REMAINS[place]


@pytest.mark.parametrize("step", ["_blank_clicks", "_empty_files", "blank_bodies", "forget_user_agents"])
async def test_a_step_that_is_left_out_is_found(monkeypatch: pytest.MonkeyPatch, site: Site, step: str) -> None:
    async def do_nothing(*_: Any) -> int:
        return 0

    monkeypatch.setattr(running, step, do_nothing)
    erasure = await site.erase()

    await site.run_all(erasure)

    assert await site.search() == REMAINS[step]


@pytest.mark.parametrize("dies_in", ["_move_number", "_empty_files", "blank_bodies", "hide_user_agents"])
async def test_whoever_is_killed_half_way_is_followed_by_one_who_ends_it(
    monkeypatch: pytest.MonkeyPatch, site: Site, dies_in: str
) -> None:
    async def die(*_: Any) -> int:
        raise ConnectionResetError

    before = await site.read_counts()
    erasure = await site.erase()
    with monkeypatch.context() as dying:
        dying.setattr(running, dies_in, die)
        for _ in range(2):
            with contextlib.suppress(ConnectionResetError):
                await site.pass_over(erasure)

    await site.pass_over(erasure)
    assert await site.read_counts() == before
    await site.run_all(erasure)

    assert await site.search() == set()
    assert await site.audit() == []


async def test_the_contacts_links_lead_nowhere_and_those_of_others_as_before(site: Site) -> None:
    link, other = [await site.planted.find_link(each) for each in (site.planted.contact, site.planted.other)]

    await site.erase()

    assert await click(site.settings, f"/{link.slug}") == 410
    assert await click(site.settings, f"/{other.slug}") == 302


async def test_asked_again_it_is_the_same_erasure(site: Site) -> None:
    first = await site.erase()

    assert (await site.erase()).id == first.id


async def test_another_contact_keeps_what_is_theirs(site: Site) -> None:
    erasure = await site.erase()

    await site.run_all(erasure)

    kept = await site.pool.fetch(
        "SELECT network, user_agent_id FROM click WHERE contact_id = $1", site.planted.other.id
    )
    assert [(row["network"] is None, row["user_agent_id"] is None) for row in kept] == [(False, False)] * 2
    received = all_of(did("RECEIVED", site.planted.message))
    assert await find(site.pool, site.planted.account, received) == ["other"]
    texts = await read_plain_texts(site.pool, site.planted.message, site.settings)
    assert [text for text in texts if text and "Other" in text] != []
    assert not any(text and "Plantagenet" in text for text in texts)


async def test_who_was_erased_is_judged_no_more(site: Site) -> None:
    """Without a user agent a click would pass for a machine's."""
    erasure = await site.erase()
    await site.run_all(erasure)
    clicks = await site.pool.fetch("SELECT id, verdict, score FROM click ORDER BY id")
    news = {row["id"]: Learned(evidence=int(Reason.MANY_CLICKS)) for row in clicks}

    changed = await relabel_clicks(site.pool, site.planted.account.id, news, Cause.BEHAVIOUR)

    now = await site.pool.fetch("SELECT id FROM click WHERE evidence <> 0 AND contact_id <> $1", site.planted.other.id)
    assert now == []
    assert changed


async def test_it_runs_beside_clicks_that_are_stored(site: Site) -> None:
    """Some with the number that redirectors knew, some before and some after it was looked for."""
    links = [await site.planted.find_link(each) for each in (site.planted.contact, site.planted.other)]
    erasure = await site.erase()
    before = await read_totals(site.pool, site.planted.account.id)
    theirs = {
        "contact_id": site.planted.other.id,
        "visitor_key": name_contact(site.planted.other.id),
        "client_ip": "192.0.2.7",
        "user_agent": HUMAN,
    }

    async def go_on() -> None:
        for _ in range(40):
            late = [make_click(site.planted, links[0]), make_click(site.planted, links[1], **theirs)]
            await store(site.pool, *late)

    async with asyncio.TaskGroup() as running_beside:
        running_beside.create_task(go_on())
        for _ in range(8):
            await site.pass_over(erasure)
    await site.run_all(erasure)
    await catch_up(site.pool)

    after = await read_totals(site.pool, site.planted.account.id)
    assert after["counted_clicks"] == before["counted_clicks"] + 82
    assert after["unique_clicks"] == before["unique_clicks"]
    assert await site.search() == set()
    assert await site.audit() == []


async def test_it_is_not_done_before_the_stream_is_stored_as_it_was_when_it_began(site: Site) -> None:
    link = await site.planted.find_link(site.planted.contact)
    entry: dict[Any, Any] = {VERSION: encode_click(make_click(site.planted, link))}
    await site.client.delete(CLICK_STREAM)
    await site.client.xadd(CLICK_STREAM, entry, id=f"{now_ms() - 300_000}-0")
    erasure = await site.erase()
    await site.pool.execute("UPDATE erasure SET requested_at = requested_at - interval '2 minutes'")
    ctx = {"stores": Stores(site.pool, site.client, [site.client])}

    statuses = []
    for _ in range(2):
        for _ in range(2):
            await resume_erasures(ctx)
        statuses.append((await Erasure.get(id=erasure.id)).status)
        await Ingester(site.settings, site.pool, site.client, lambda: None).drain()

    assert statuses == [ErasureStatus.RUNNING, ErasureStatus.COMPLETED]
    assert await site.pool.fetchval("SELECT count(*) FROM click WHERE contact_id = $1", site.planted.contact.id) == 0
    assert len(await site.pool.fetch("SELECT FROM click WHERE contact_id = $1", erasure.stand_in_id)) == 3
