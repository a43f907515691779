"""Behaviour passes label what programs did, and leave people their clicks (TR25)."""

import datetime as dt

import asyncpg
import pytest

from tests.behaviour import CHROME, HOME_IP, look, read_evidence, read_uniques, send
from tests.brand import make_brand
from tests.clicking import read_totals, store
from tracking.bots.verdicts import Reason
from tracking.clicks.event import Fact
from tracking.messages.deliveries import ToldDelivery, record_deliveries
from tracking.messages.models import DeliveryStatus

NOTHING = Reason(0)
HOME = bytes(int(part) for part in HOME_IP.split(".")[:3])


@pytest.mark.feature("TR25", "R4", "R6")
@pytest.mark.usefixtures("orm")
class TestScanners:
    async def test_a_scanner_is_labelled_and_the_person_after_it_holds_the_unique(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=1, links=3)
        scan = [sent.scan(1, 0.0), sent.scan(2, 0.3), sent.scan(3, 0.6)]
        await store(pool, *scan, sent.click(1, 40))
        before = await read_totals(pool, sent.account_id)

        await look(pool)

        assert (before["human_clicks"], before["bot_clicks"]) == (4, 0)
        assert await read_evidence(pool) == [Reason.BURST_ON_MESSAGE] * 3 + [NOTHING]
        totals = await read_totals(pool, sent.account_id)
        assert (totals["human_clicks"], totals["bot_clicks"], totals["unique_clicks"]) == (1, 3, 1)
        [(_, network)] = await read_uniques(pool)
        assert network == HOME

    async def test_one_link_opened_twice_by_a_person_is_no_burst(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=1, links=3)
        await store(pool, sent.click(1, 0.0), sent.click(1, 0.4), sent.click(2, 30))

        await look(pool)

        assert await read_evidence(pool) == [NOTHING] * 3

    async def test_the_person_in_the_middle_keeps_the_unique(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=1, links=3)
        scan = [sent.scan(slot, slot * 0.3) for slot in (1, 2, 3)]
        await store(pool, *scan, sent.click(1, 0.35))

        await look(pool)

        burst = Reason.BURST_ON_MESSAGE
        assert await read_evidence(pool) == [burst, NOTHING, burst, burst]
        [(_, network)] = await read_uniques(pool)
        assert network == HOME

    async def test_a_late_click_makes_a_burst_of_one_that_was_stored_before(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=1, links=2)
        await store(pool, sent.scan(2, 0.5))
        await look(pool)
        assert await read_evidence(pool) == [NOTHING]

        await store(pool, sent.scan(1, 0.0))
        await look(pool)

        assert await read_evidence(pool) == [Reason.BURST_ON_MESSAGE] * 2
        assert await read_uniques(pool) == []

    async def test_a_preview_speaks_for_nobody(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=1, links=2)
        await store(pool, sent.click(1, 0.0, user_agent=b"WhatsApp/2.24.1 A"), sent.click(2, 0.4))

        await look(pool)

        assert await read_evidence(pool) == [NOTHING, NOTHING]

    async def test_one_network_with_the_links_of_five_contacts_is_a_gateway(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=5, links=1)
        gateway = [sent.scan(1, place, contact=place, facts=int(Fact.ACCEPT_ANY_ONLY)) for place in range(5)]
        await store(pool, *gateway, sent.click(1, 50, contact=0))

        await look(pool)

        assert await read_evidence(pool) == [Reason.BURST_ACROSS_CONTACTS_ALIKE] * 5 + [NOTHING]

    async def test_a_carriers_network_full_of_different_browsers_is_a_crowd(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=6, links=1)
        people = [
            sent.click(1, place, contact=place, user_agent=CHROME.replace(b"140", b"14%d" % place))
            for place in range(6)
        ]
        await store(pool, *people)

        await look(pool)

        assert await read_evidence(pool) == [NOTHING] * 6

    async def test_a_delivery_that_is_recorded_later_is_looked_at_as_well(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=2, links=1)
        await store(pool, sent.click(1, 3), sent.click(1, 6, contact=1))
        await look(pool)
        assert await read_evidence(pool) == [NOTHING] * 2

        at = dt.datetime.fromtimestamp(sent.start_ms / 1000, dt.UTC)
        told = [ToldDelivery(DeliveryStatus.SENT, at, contact_id=contact_id) for contact_id in sent.contact_ids]
        await record_deliveries(sent.account_id, sent.message.id, told)
        await look(pool)

        assert await read_evidence(pool) == [Reason.TOO_SOON_AFTER_DELIVERY, NOTHING]
        assert (await read_totals(pool, sent.account_id))["human_clicks"] == 2, "40 points alone make no suspect"
