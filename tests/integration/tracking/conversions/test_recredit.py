"""Credit follows what is known of clicks: judged anew, they lose and win conversions; a purchase vouches (rule 7)."""

import asyncio
from uuid import UUID

import asyncpg
import msgspec
import pytest
import structlog

from tests.clicking import BOT, make_account, make_event, store
from tests.converting import make_report
from tests.settling import (
    click,
    convert,
    list_causes,
    look_again,
    read_conversion,
    read_figures,
    read_standing,
    report_click,
)
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import utc_now
from tracking.conversions import rechecking
from tracking.conversions.kinds import EntryCause, Method, Proof, StandingReason, Status
from tracking.conversions.rechecking import follow_clicks
from tracking.events.relay import relay_once


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool)


async def call_bot(pool: asyncpg.Pool, event: ClickEvent) -> None:
    learned = {UUID(bytes=event.click_id): Learned(evidence=int(Reason.HONEYPOT))}
    assert await relabel_clicks(pool, event.account_id, learned, Cause.BEHAVIOUR)


async def follow(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        while await relay_once(connection):
            pass
    while await follow_clicks(pool):
        pass


@pytest.mark.feature("TR9", "R7")
class TestClicksJudgedAnew:
    async def test_a_credited_click_that_turns_bot_leaves_it_to_the_next(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        first, second = await click(pool, account_id), await click(pool, account_id, visitor=2)
        report = report_click(second, click_ids=[second.click_id, first.click_id])
        await convert(pool, report)
        assert (await read_conversion(pool, report))["click_id"].bytes == first.click_id

        await call_bot(pool, first)
        await follow(pool)

        assert (await read_conversion(pool, report))["click_id"].bytes == second.click_id
        assert await read_figures(pool) == {"conversions": 1, "credited_conversions": 1, "gross_minor": 1250}
        assert await list_causes(pool, report) == [EntryCause.RECORDED, EntryCause.CLICK_RELABELLED]

    async def test_with_no_other_click_it_belongs_to_nobody(self, pool: asyncpg.Pool, account_id: int) -> None:
        event = await click(pool, account_id)
        report = report_click(event)
        await convert(pool, report)

        await call_bot(pool, event)
        await follow(pool)

        assert (await read_standing(pool, report))[:3] == (
            Status.UNMATCHED,
            StandingReason.CLICK_NOT_COUNTED,
            Method.NONE,
        )
        assert await read_figures(pool) == {}

    async def test_following_again_changes_nothing(self, pool: asyncpg.Pool, account_id: int) -> None:
        event = await click(pool, account_id)
        report = report_click(event)
        await convert(pool, report)
        await call_bot(pool, event)
        await follow(pool)
        await pool.execute("UPDATE conversion_follower SET position = 0")
        await follow(pool)

        assert await list_causes(pool, report) == [EntryCause.RECORDED, EntryCause.CLICK_RELABELLED]

    async def test_whichever_comes_first_the_bots_click_earns_nothing(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        """Thirty reports, each while its click is being judged anew."""
        clicks = [await click(pool, account_id, visitor=number) for number in range(30)]
        reports = [report_click(event) for event in clicks]
        both = [convert(pool, report) for report in reports] + [call_bot(pool, event) for event in clicks]
        await asyncio.gather(*both)
        await follow(pool)

        statuses = await pool.fetch("SELECT DISTINCT status, reason FROM conversion")
        assert [tuple(row) for row in statuses] == [(Status.UNMATCHED, StandingReason.CLICK_NOT_COUNTED)]
        assert await read_figures(pool) == {}


@pytest.mark.feature("TR3", "R7")
class TestVouching:
    async def test_a_purchase_that_a_server_proves_makes_its_click_a_persons(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        suspect = await click(pool, account_id, user_agent=b"SomethingUnheardOf/1.0")
        assert not await pool.fetchval("SELECT is_counted FROM click")
        report = make_report(account_id, proof=Proof.SIGNATURE, click_ids=[suspect.click_id])
        await convert(pool, report)
        await follow(pool)

        assert await pool.fetchval("SELECT is_counted FROM click")
        assert (await read_standing(pool, report))[:3] == (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID)

    async def test_what_nobody_proved_vouches_for_nothing(self, pool: asyncpg.Pool, account_id: int) -> None:
        bot = await click(pool, account_id, user_agent=BOT)
        report = report_click(bot)
        await convert(pool, report)
        await follow(pool)

        assert not await pool.fetchval("SELECT is_counted FROM click")
        assert (await read_standing(pool, report))[0] is Status.UNMATCHED

    async def test_what_takes_back_vouches_for_nothing(self, pool: asyncpg.Pool, account_id: int) -> None:
        bot = await click(pool, account_id, user_agent=BOT)
        await convert(pool, make_report(account_id, event="refund", part="a", click_ids=[bot.click_id]))
        await follow(pool)

        assert not await pool.fetchval("SELECT is_counted FROM click")


@pytest.mark.feature("R7")
class TestWhatCannotBeSettled:
    async def test_it_holds_up_no_other_order_and_is_put_off(self, pool: asyncpg.Pool, account_id: int) -> None:
        """An offer whose terms nobody can read any more."""
        clicks = [make_event(account_id, visitor=number) for number in range(3)]
        reports = [report_click(event) for event in clicks]
        await convert(pool, *reports)
        offer_id = await pool.fetchval(
            "INSERT INTO offer (account_id, name, destination_url, events, created_at)"
            " VALUES ($1, 'Torn', 'https://brand.example/', 'torn', now()) RETURNING id",
            account_id,
        )
        await store(pool, clicks[0], msgspec.structs.replace(clicks[1], offer_id=offer_id), clicks[2])

        assert await look_again(pool) == 3

        statuses = [(await read_standing(pool, report))[0] for report in reports]
        assert statuses == [Status.APPROVED, Status.WAITING, Status.APPROVED]
        row = await read_conversion(pool, reports[1])
        assert row["recheck_at"] > utc_now()

        await pool.execute("UPDATE offer SET events = '[]'")
        assert await look_again(pool) == 1
        assert (await read_standing(pool, reports[1]))[0] is Status.APPROVED

    async def test_it_is_told_once_however_many_conversions_it_has(
        self, pool: asyncpg.Pool, account_id: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        named = make_event(account_id)
        lead = report_click(named, txn_id="T1", event="lead")
        await convert(pool, lead, report_click(named, txn_id="T1"))

        async def fail(*_: object) -> None:
            raise ValueError("terms that nobody can read")

        monkeypatch.setattr(rechecking, "settle", fail)
        with structlog.testing.capture_logs() as told:
            assert await look_again(pool) == 2

        assert [(line["event"], line["account_id"]) for line in told] == [("order not settled", account_id)]
