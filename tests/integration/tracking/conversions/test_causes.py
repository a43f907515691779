"""The ledger says what made a conversion stand otherwise, of those to whom it happened and of the others."""

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.converting import make_report
from tests.settling import click, convert, find_id, list_causes, look_again, report_click, take_out
from tracking.clicks.ids import read_click_ms
from tracking.clock import now_ms
from tracking.conversions.kinds import EntryCause, Proof, Source
from tracking.conversions.rulings import approve_conversions, reject_conversions, rematch_conversion

pytestmark = pytest.mark.feature("TR16", "R7")
RECORDED = EntryCause.RECORDED


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool)


async def test_a_surer_report_of_the_same_order_is_reported_again(pool: asyncpg.Pool, account_id: int) -> None:
    browser = report_click(await click(pool, account_id))
    server = make_report(account_id, txn_id=browser.txn_id, source=Source.SIGNED_POSTBACK, proof=Proof.SIGNATURE)
    await convert(pool, browser)
    await convert(pool, server)

    assert await list_causes(pool, browser) == [RECORDED, EntryCause.REPORTED_AGAIN]


async def test_what_is_void_changed_because_its_order_did(pool: asyncpg.Pool, account_id: int) -> None:
    sale = report_click(await click(pool, account_id))
    refund, void = take_out(sale, "refund", "a", "5"), take_out(sale, "void", "", "")
    await convert(pool, sale, refund)
    await convert(pool, void)

    assert await list_causes(pool, sale) == [RECORDED, EntryCause.ORDER_CHANGED]
    assert await list_causes(pool, refund) == [RECORDED, EntryCause.ORDER_CHANGED]
    assert await list_causes(pool, void) == [RECORDED]


async def test_a_person_decides_about_one_and_not_about_its_refunds(pool: asyncpg.Pool, account_id: int) -> None:
    sale = report_click(await click(pool, account_id))
    refund = take_out(sale, "refund", "a", "5")
    await convert(pool, sale, refund)
    await reject_conversions(pool, account_id, [find_id(sale)])
    await approve_conversions(pool, account_id, [find_id(sale)])

    by_hand = [EntryCause.REJECTED_BY_HAND, EntryCause.APPROVED_BY_HAND]
    assert await list_causes(pool, sale) == [RECORDED, *by_hand]
    assert await list_causes(pool, refund) == [RECORDED, EntryCause.ORDER_CHANGED, EntryCause.ORDER_CHANGED]


async def test_approving_another_amount_is_a_decision_about_the_conversion(pool: asyncpg.Pool, account_id: int) -> None:
    event = await click(pool, account_id)
    report = report_click(event)
    await convert(pool, report, report_click(event, txn_id=report.txn_id, revenue="99.00"))
    conflict_id = await pool.fetchval("SELECT id FROM conversion WHERE conflicts_with IS NOT NULL")

    await approve_conversions(pool, account_id, [conflict_id])

    assert await list_causes(pool, report) == [RECORDED, EntryCause.APPROVED_BY_HAND]


async def test_a_click_that_comes_late_is_found(pool: asyncpg.Pool, account_id: int) -> None:
    event = make_event(account_id)
    report = report_click(event, received_at_ms=read_click_ms(event.click_id) + 1)
    await convert(pool, report)
    await store(pool, event)
    await look_again(pool)

    assert await list_causes(pool, report) == [RECORDED, EntryCause.CLICK_FOUND]


async def test_what_did_not_come_was_waited_for_too_long(pool: asyncpg.Pool, account_id: int) -> None:
    refund = make_report(account_id, event="refund", part="a", received_at_ms=now_ms() - 29 * 86_400_000)
    await convert(pool, refund)
    await pool.execute(
        "ALTER TABLE conversion_report DISABLE TRIGGER USER;"
        "UPDATE conversion_report SET received_at = received_at - interval '2 days';"
        "ALTER TABLE conversion_report ENABLE TRIGGER USER"
    )
    await look_again(pool)

    assert await list_causes(pool, refund) == [RECORDED, EntryCause.WAITED_TOO_LONG]


async def test_matching_anew_says_so(pool: asyncpg.Pool, account_id: int) -> None:
    event = await click(pool, account_id, at_ms=1_780_000_000_000)
    report = report_click(event, received_at_ms=1_780_000_000_000 + 29 * 86_400_000)
    await convert(pool, report)
    await pool.execute("UPDATE account SET attribution_window_s = 30 * 86400")
    await rematch_conversion(pool, account_id, find_id(report))

    assert await list_causes(pool, report) == [RECORDED, EntryCause.REMATCHED]
