"""What people decide: approved, rejected, matched again; and what nobody needs to decide under the cap (rule 7)."""

import asyncio
from decimal import Decimal

import asyncpg
import pytest

from tests.clicking import make_account
from tests.converting import make_report
from tests.settling import click, convert, find_id, read_conversion, read_figures, read_standing, report_click, take_out
from tracking.clock import now_ms
from tracking.conversions.amounts import Said
from tracking.conversions.conflicts import find_conflict_id
from tracking.conversions.kinds import Proof, Source, StandingReason, Status, Trust
from tracking.conversions.rulings import approve_conversions, reject_conversions, rematch_conversion
from tracking.conversions.store import preview_conversion

APPROVED = (Status.APPROVED, StandingReason.BY_A_PERSON)
SALE = {"conversions": 1, "credited_conversions": 1, "gross_minor": 1250}


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool)


@pytest.mark.feature("R7", "TR13")
class TestRulings:
    async def test_a_rejected_conversion_leaves_the_figures_and_may_come_back(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        report = report_click(await click(pool, account_id))
        await convert(pool, report)

        assert await reject_conversions(pool, account_id, [find_id(report)]) == [find_id(report)]
        assert (await read_standing(pool, report))[:2] == (Status.REJECTED, StandingReason.BY_A_PERSON)
        assert await read_figures(pool) == {}

        assert await approve_conversions(pool, account_id, [find_id(report)]) == [find_id(report)]
        assert (await read_standing(pool, report))[:2] == APPROVED
        assert await read_figures(pool) == SALE

    async def test_approving_again_changes_nothing(self, pool: asyncpg.Pool, account_id: int) -> None:
        report = report_click(await click(pool, account_id))
        await convert(pool, report)
        ids = [find_id(report)]

        outcomes = await asyncio.gather(*(approve_conversions(pool, account_id, ids) for _ in range(8)))

        assert sorted(map(len, outcomes)) == [0] * 7 + [1]
        assert await read_figures(pool) == SALE

    async def test_another_account_decides_nothing(self, pool: asyncpg.Pool, account_id: int) -> None:
        stranger = await make_account(pool, slug="stranger")
        report = report_click(await click(pool, account_id))
        await convert(pool, report)

        assert await reject_conversions(pool, stranger, [find_id(report)]) == []
        assert not await rematch_conversion(pool, stranger, find_id(report))
        assert (await read_standing(pool, report))[0] is Status.APPROVED

    async def test_the_amount_of_an_approved_conflict_holds(self, pool: asyncpg.Pool, account_id: int) -> None:
        report = report_click(await click(pool, account_id))
        other = report_click(await click(pool, account_id), txn_id=report.txn_id, revenue="99.00")
        await convert(pool, report, other)
        [conflict] = await pool.fetch("SELECT * FROM conversion WHERE conflicts_with IS NOT NULL")

        await approve_conversions(pool, account_id, [conflict["id"]])

        row = await read_conversion(pool, report)
        values = {(each["value_minor"], Status(each["status"])) for each in await pool.fetch("TABLE conversion")}
        assert values == {(9900, Status.APPROVED), (1250, Status.CONFLICT), (9900, Status.VOIDED)}
        assert row["value_minor"] == 9900
        assert (await read_figures(pool))["gross_minor"] == 9900

    async def test_a_conflict_says_who_sent_it_and_not_who_sent_the_amount_that_holds(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        browser = report_click(await click(pool, account_id))
        signed = {"txn_id": browser.txn_id, "source": Source.SIGNED_POSTBACK, "proof": Proof.SIGNATURE}
        first, second = (
            make_report(account_id, revenue=revenue, received_at_ms=now_ms() - ago_ms, **signed)
            for ago_ms, revenue in ((2_000, "11.00"), (1_000, "10.00"))
        )
        await convert(pool, browser, first, second)

        rows = await pool.fetch("SELECT * FROM conversion WHERE conflicts_with IS NOT NULL ORDER BY value_minor")
        assert [(row["value_minor"], Source(row["source"]), Trust(row["trust"])) for row in rows] == [
            (1000, Source.SIGNED_POSTBACK, Trust.SIGNED),
            (1250, Source.SNIPPET, Trust.UNVERIFIED),
        ]

    async def test_a_held_refund_counts_once_a_person_approves_it(self, pool: asyncpg.Pool, account_id: int) -> None:
        event = await click(pool, account_id)
        sale = report_click(event)
        refund = report_click(event, event="refund", txn_id=sale.txn_id, part="x", revenue="2.50")
        await convert(pool, sale, refund)

        await approve_conversions(pool, account_id, [find_id(refund)])

        assert await read_figures(pool) == {**SALE, "refunds_minor": 250}

    async def test_rematching_goes_by_the_terms_of_now(self, pool: asyncpg.Pool, account_id: int) -> None:
        event = await click(pool, account_id, at_ms=1_780_000_000_000)
        report = report_click(event, received_at_ms=1_780_000_000_000 + 29 * 86_400_000)
        await convert(pool, report)
        assert (await read_standing(pool, report))[1] is StandingReason.OUTSIDE_WINDOW

        await pool.execute("UPDATE account SET attribution_window_s = 30 * 86400")
        assert await rematch_conversion(pool, account_id, find_id(report))

        assert (await read_standing(pool, report))[0] is Status.APPROVED


@pytest.mark.feature("R7")
class TestCap:
    async def test_beyond_it_a_person_looks_first(self, pool: asyncpg.Pool, account_id: int) -> None:
        await pool.execute("UPDATE account SET cap_per_link_hour = 3")
        event = await click(pool, account_id)
        reports = [report_click(event, txn_id=f"T{number}") for number in range(10)]
        await asyncio.gather(*(convert(pool, report) for report in reports))

        counts = await pool.fetch("SELECT status, reason, count(*) FROM conversion GROUP BY 1, 2 ORDER BY 1")
        assert [tuple(row) for row in counts] == [
            (Status.APPROVED, StandingReason.NONE, 3),
            (Status.HELD, StandingReason.OVER_CAP, 7),
        ]
        assert (await read_figures(pool))["conversions"] == 3

    async def test_what_a_server_proves_neither_needs_a_place_nor_takes_one(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        await pool.execute("UPDATE account SET cap_per_link_hour = 1")
        event = await click(pool, account_id)
        signed = [report_click(event, proof=Proof.SIGNATURE, source=Source.SIGNED_POSTBACK) for _ in range(2)]
        report = report_click(event)
        await convert(pool, *signed)
        await convert(pool, report)

        assert [(await read_standing(pool, each))[0] for each in (*signed, report)] == [Status.APPROVED] * 3
        assert await pool.fetchval("SELECT sum(taken) FROM conversion_cap") == 1

    async def test_a_place_is_taken_once_however_often_it_is_settled(self, pool: asyncpg.Pool, account_id: int) -> None:
        await pool.execute("UPDATE account SET cap_per_link_hour = 1")
        report = report_click(await click(pool, account_id))
        await convert(pool, report)
        for _ in range(2):
            assert not await rematch_conversion(pool, account_id, find_id(report))

        assert (await read_standing(pool, report))[0] is Status.APPROVED
        assert await pool.fetchval("SELECT sum(taken) FROM conversion_cap") == 1


@pytest.mark.feature("R7")
class TestPreview:
    async def test_it_says_what_would_be_and_keeps_nothing(self, pool: asyncpg.Pool, account_id: int) -> None:
        event = await click(pool, account_id)
        report = report_click(event)
        decision = await preview_conversion(pool, report)

        assert decision.standing.status is Status.APPROVED
        assert decision.standing.click_id is not None
        assert decision.standing.click_id.bytes == event.click_id
        assert await pool.fetchval("SELECT count(*) FROM conversion_order") == 0


@pytest.mark.feature("R7")
class TestLedger:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE conversion_entry SET value_minor = 1",
            "DELETE FROM conversion_entry",
            "DELETE FROM conversion",
            "UPDATE conversion SET event = 'lead'",
            "UPDATE conversion_report SET revenue = 1",
            "DELETE FROM conversion_report",
            "UPDATE conversion SET order_key = 't:other'",
        ],
    )
    async def test_nothing_of_it_is_changed_or_deleted(
        self, pool: asyncpg.Pool, account_id: int, statement: str
    ) -> None:
        await convert(pool, report_click(await click(pool, account_id)))
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="ledger"):
            await pool.execute(statement)

    async def test_a_conflict_has_the_same_id_however_its_amount_is_written(self) -> None:
        report = make_report(1)
        ids = {find_conflict_id(find_id(report), Said(Decimal(text), "EUR")) for text in ("12.5", "12.50", "12.500")}
        assert len(ids) == 1

    async def test_what_came_after_a_void_is_void_too(self, pool: asyncpg.Pool, account_id: int) -> None:
        sale = report_click(await click(pool, account_id))
        refund = take_out(sale, "refund", "a", "1")
        await convert(pool, take_out(sale, "void", "", ""))
        await convert(pool, sale)
        await convert(pool, refund)

        assert (await read_standing(pool, refund))[0] is Status.VOIDED
        assert await read_figures(pool) == {}
