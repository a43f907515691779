"""Clicks of a contact that wait in a stream or a spool while the contact is forgotten come in and are forgotten too."""

from typing import Final

import pytest

from tests.clicking import read_totals
from tests.erasing import HOUR, REMAINS, Site, make_click, spool
from tests.traits import catch_up
from tracking.clicks.event import decode_click
from tracking.clicks.visitors import name_contact
from tracking.clock import now_ms
from tracking.erasure.models import Erasure, ErasureStatus
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM

pytestmark = pytest.mark.feature("R10", "R12")

ON_THE_WAY: Final = ("number", "visitor key", "address", "user agent")


@pytest.fixture
def site(site_of_a_contact: Site) -> Site:
    return site_of_a_contact


async def test_what_waits_is_found_until_it_came_in_and_once_more_was_looked_for(site: Site) -> None:
    """The negative control of what waits; only clicks without a somebody are left then."""
    erasure = await site.erase()
    await site.pass_over(erasure, 0 * HOUR)
    await site.pass_over(erasure)
    waiting = [f"{what} in {place}" for what in ON_THE_WAY for place in (CLICK_STREAM, site.find_spooled())]
    assert await site.search() == {*waiting, "number in erasure", "user agent in user_agent"}

    await site.let_in()
    in_click = {f"{what} in click" for what in ("number", "network", "visitor key")}
    assert await site.search() >= in_click | REMAINS["waiting counts"]
    await site.run_all(erasure)

    assert await site.search() == set()
    nobody = (erasure.stand_in_id, None, None, name_contact(erasure.stand_in_id or 0))
    rows = await site.pool.fetch(
        "SELECT contact_id, network, user_agent_id, visitor_key FROM click WHERE contact_id <> $1",
        site.planted.other.id,
    )
    assert [tuple(row) for row in rows] == [nobody] * 4
    [(_, letter)] = await site.client.xrange(DEAD_CLICK_STREAM)
    buried = decode_click(letter[b"event"])
    assert (buried.contact_id, buried.client_ip, buried.user_agent) == (erasure.stand_in_id, "", b"")
    assert await site.audit() == []


async def test_a_click_that_comes_late_is_forgotten_too_and_is_unique_once(site: Site) -> None:
    """It lay in a spool, with the number that a redirector knew then, and is earlier than those that were stored."""
    late = make_click(site.planted, await site.planted.find_link(site.planted.contact), at_ms=now_ms() - 3_600_000)
    spool(site.settings, late)
    erasure = await site.erase()
    await site.pass_over(erasure)
    await site.pass_over(erasure)
    assert (await Erasure.get(id=erasure.id)).status is ErasureStatus.COMPLETED
    before = await read_totals(site.pool, site.planted.account.id)

    await site.run_all(erasure)
    await catch_up(site.pool)

    after = await read_totals(site.pool, site.planted.account.id)
    assert after == {
        **before,
        "human_clicks": before["human_clicks"] + 3,  # with the two that waited before
        "counted_clicks": before["counted_clicks"] + 3,
    }
    held = await site.pool.fetchval("SELECT click_id FROM unique_click WHERE subject = 1 ORDER BY click_id LIMIT 1")
    assert held.bytes == late.click_id
    assert await site.search() == set()
    assert await site.audit() == []
