"""Reports become conversions: each key once, with the surest report's word, and figures that move along (rule 7)."""

import asyncio

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.converting import make_report
from tests.settling import (
    click,
    convert,
    find_id,
    list_statuses,
    look_again,
    read_conversion,
    read_figures,
    read_standing,
    report_click,
    take_out,
)
from tracking.clicks.ids import read_click_ms
from tracking.conversions.kinds import Method, Proof, Source, StandingReason, Status, Trust
from tracking.conversions.rulings import approve_conversions

APPROVED_BY_CLICK = (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID, Trust.TOKEN)


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool)


@pytest.mark.feature("TR13", "LO15", "R7")
class TestCredit:
    async def test_a_valid_click_id_earns_for_its_click(self, pool: asyncpg.Pool, account_id: int) -> None:
        event = await click(pool, account_id)
        report = report_click(event)
        await convert(pool, report)

        assert await read_standing(pool, report) == APPROVED_BY_CLICK
        row = await read_conversion(pool, report)
        assert (row["click_id"].bytes, row["link_id"], row["creator_id"]) == (event.click_id, 7, 3)
        assert (row["value_minor"], row["value_currency"], row["is_counted"]) == (1250, "EUR", True)
        expected = {"conversions": 1, "credited_conversions": 1, "gross_minor": 1250}
        assert await read_figures(pool) == expected
        assert await read_figures(pool, dating=2) == expected

    async def test_a_click_of_another_account_earns_nothing(self, pool: asyncpg.Pool, account_id: int) -> None:
        stranger = await make_account(pool, slug="stranger")
        event = await click(pool, stranger)
        report = report_click(event, account_id=account_id)
        await convert(pool, report)

        standing = (Status.UNMATCHED, StandingReason.FOREIGN_CLICK, Method.NONE, Trust.UNVERIFIED)
        assert await read_standing(pool, report) == standing
        assert await read_figures(pool) == {}

    async def test_a_click_that_comes_late_is_found_again(self, pool: asyncpg.Pool, account_id: int) -> None:
        event = make_event(account_id)
        report = report_click(event, received_at_ms=read_click_ms(event.click_id) + 1)
        await convert(pool, report)
        assert (await read_standing(pool, report))[:2] == (Status.WAITING, StandingReason.CLICK_NOT_FOUND)

        await store(pool, event)
        assert await look_again(pool) == 1

        assert await read_standing(pool, report) == APPROVED_BY_CLICK


@pytest.mark.feature("TR13", "TR16", "R7")
class TestOnce:
    async def test_second_delivery_adds_nothing(self, pool: asyncpg.Pool, account_id: int) -> None:
        report = report_click(await click(pool, account_id))
        first = await convert(pool, report)
        second = await convert(pool, report)

        assert (first.conversion_ids, first.changed) == ([find_id(report)], [find_id(report)])
        assert (second.conversion_ids, second.changed) == ([find_id(report)], [])
        assert await pool.fetchval("SELECT count(*) FROM conversion_entry") == 1
        assert await read_figures(pool) == {"conversions": 1, "credited_conversions": 1, "gross_minor": 1250}

    async def test_fifty_parallel_reports_of_each_of_a_thousand_orders_are_a_thousand(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        event = await click(pool, account_id)
        reports = [report_click(event, txn_id=f"T{number}") for number in range(1_000)]

        async def post_all(turn: int) -> None:
            turned = reports[20 * turn :] + reports[: 20 * turn]
            for start in range(0, len(turned), 250):
                await convert(pool, *turned[start : start + 250])

        await asyncio.gather(*(post_all(turn) for turn in range(50)))

        assert await pool.fetchval("SELECT count(*) FROM conversion") == 1_000
        expected = {"conversions": 1_000, "credited_conversions": 1_000, "gross_minor": 1_250_000}
        assert await read_figures(pool) == expected

    async def test_another_amount_of_the_same_order_is_a_conflict(self, pool: asyncpg.Pool, account_id: int) -> None:
        report = report_click(await click(pool, account_id))
        other = report_click(await click(pool, account_id), txn_id=report.txn_id, revenue="99.00")
        await convert(pool, report)
        await convert(pool, other)

        rows = await pool.fetch("SELECT * FROM conversion ORDER BY number")
        assert list_statuses(rows) == [Status.APPROVED, Status.CONFLICT]
        assert [row["value_minor"] for row in rows] == [1250, 9900]
        assert rows[1]["conflicts_with"] == find_id(report)
        assert (await read_figures(pool))["gross_minor"] == 1250


@pytest.mark.feature("TR13", "R7")
class TestPixelAndServer:
    async def test_both_are_one_conversion_of_the_higher_trust(self, pool: asyncpg.Pool, account_id: int) -> None:
        browser = report_click(await click(pool, account_id), revenue="12.50")
        server = make_report(
            account_id, txn_id=browser.txn_id, source=Source.SIGNED_POSTBACK, proof=Proof.SIGNATURE, revenue="11.00"
        )
        await convert(pool, browser)
        await convert(pool, server)

        rows = await pool.fetch("SELECT * FROM conversion ORDER BY number")
        assert list_statuses(rows) == [Status.APPROVED, Status.CONFLICT]
        assert [(row["value_minor"], Trust(row["trust"])) for row in rows] == [(1100, Trust.SIGNED), (1250, 0)]
        assert rows[0]["method"] == Method.CLICK_ID
        assert await read_figures(pool) == {"conversions": 1, "credited_conversions": 1, "gross_minor": 1100}

    async def test_the_server_alone_knows_no_click(self, pool: asyncpg.Pool, account_id: int) -> None:
        server = make_report(account_id, proof=Proof.SIGNATURE)
        await convert(pool, server)

        standing = (Status.UNMATCHED, StandingReason.NOTHING_TO_GO_BY, Method.NONE, Trust.SIGNED)
        assert await read_standing(pool, server) == standing

    async def test_a_page_that_knows_no_click_is_held(self, pool: asyncpg.Pool, account_id: int) -> None:
        page = make_report(account_id, source=Source.SNIPPET, proof=Proof.NONE)
        await convert(pool, page)
        held = (Status.HELD, StandingReason.UNVERIFIED, Method.NONE, Trust.UNVERIFIED)
        assert await read_standing(pool, page) == held

        await approve_conversions(pool, account_id, [find_id(page)])
        assert (await read_standing(pool, page))[:2] == (Status.UNMATCHED, StandingReason.NOTHING_TO_GO_BY)


@pytest.mark.feature("TR16", "R7")
class TestTakingBack:
    async def test_two_partial_refunds_count_and_a_third_above_the_sale_is_refused(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        sale = report_click(await click(pool, account_id))
        refunds = [take_out(sale, "refund", part, amount) for part, amount in (("a", "5"), ("b", "7"), ("c", "0.51"))]
        await convert(pool, sale)
        for refund in refunds:
            await convert(pool, refund)

        assert [(await read_standing(pool, refund))[:2] for refund in refunds] == [
            (Status.APPROVED, StandingReason.NONE),
            (Status.APPROVED, StandingReason.NONE),
            (Status.REJECTED, StandingReason.ABOVE_SALE),
        ]
        assert (await read_conversion(pool, refunds[0]))["value_minor"] == -500
        expected = {"conversions": 1, "credited_conversions": 1, "gross_minor": 1250, "refunds_minor": 1200}
        assert await read_figures(pool) == expected

    async def test_a_refund_before_its_sale_waits_for_it(self, pool: asyncpg.Pool, account_id: int) -> None:
        sale = report_click(await click(pool, account_id))
        refund = take_out(sale, "refund", "a", "5")
        await convert(pool, refund)
        assert (await read_standing(pool, refund))[:2] == (Status.WAITING, StandingReason.SALE_NOT_FOUND)

        await convert(pool, sale)

        assert (await read_standing(pool, refund))[0] is Status.APPROVED
        assert (await read_figures(pool))["refunds_minor"] == 500

    async def test_a_void_takes_the_conversion_away_and_its_refunds(self, pool: asyncpg.Pool, account_id: int) -> None:
        sale = report_click(await click(pool, account_id))
        await convert(pool, sale, take_out(sale, "refund", "a", "5"))
        await convert(pool, take_out(sale, "void", "", ""))

        assert (await read_standing(pool, sale))[:2] == (Status.VOIDED, StandingReason.VOIDED)
        assert await read_figures(pool) == {}

    async def test_a_click_id_does_not_suffice_to_take_back(self, pool: asyncpg.Pool, account_id: int) -> None:
        event = await click(pool, account_id)
        sale = report_click(event)
        forged = report_click(event, event="refund", txn_id=sale.txn_id, part="x", revenue="12.50")
        await convert(pool, sale, forged)

        assert (await read_standing(pool, forged))[:2] == (Status.HELD, StandingReason.UNVERIFIED)
        assert (await read_figures(pool)).get("refunds_minor") is None
