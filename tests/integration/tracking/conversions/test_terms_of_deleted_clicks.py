"""A click that is deleted goes by its own terms, and not by those of an offer that a report names."""

from uuid import UUID

import asyncpg
import pytest

from tests.clicking import DAY_MS, make_account
from tests.converting import make_report
from tests.integration.tracking.conversions.test_late_and_gone import find_click
from tests.reporting import make_offer
from tests.settling import click, convert, take_out
from tracking.clock import now_ms
from tracking.conversions.kinds import Method

pytestmark = pytest.mark.feature("R7", "TR9", "TR17")


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool)


async def test_it_is_not_measured_by_the_window_of_an_offer_that_it_had_not(
    pool: asyncpg.Pool, account_id: int
) -> None:
    offer_id = await make_offer(pool, account_id, attribution_window_s=3600)
    event = await click(pool, account_id, at_ms=now_ms() - DAY_MS)
    report = make_report(account_id, click_ids=[event.click_id], offer_id=offer_id)
    await convert(pool, report)
    assert await find_click(pool, report) == (Method.CLICK_ID, UUID(bytes=event.click_id))

    await pool.execute("DELETE FROM click")
    await convert(pool, take_out(report, "refund", "a", "5"))
    assert await find_click(pool, report) == (Method.CLICK_ID, UUID(bytes=event.click_id))


async def test_it_goes_by_its_own_model_and_not_by_that_of_an_offer_that_it_had_not(
    pool: asyncpg.Pool, account_id: int
) -> None:
    """The account's first click earns, as the two do not agree; the offer alone would have the last."""
    offer_id = await make_offer(pool, account_id, attribution_model="LAST_CLICK")
    first = await click(pool, account_id, at_ms=now_ms() - DAY_MS)
    second = await click(pool, account_id, at_ms=now_ms() - DAY_MS // 2, offer_id=offer_id)
    report = make_report(account_id, click_ids=[first.click_id, second.click_id], offer_id=offer_id)
    await convert(pool, report)
    assert await find_click(pool, report) == (Method.CLICK_ID, UUID(bytes=first.click_id))

    await pool.execute("DELETE FROM click WHERE id = $1", UUID(bytes=first.click_id))
    for part in ("a", "b"):  # the second time it is known from a receipt that was written without the click
        await convert(pool, take_out(report, "refund", part, "5"))
        assert await find_click(pool, report) == (Method.CLICK_ID, UUID(bytes=first.click_id))
