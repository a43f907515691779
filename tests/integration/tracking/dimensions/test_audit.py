"""The audit finds what is wrong in the rollup of traits, and nothing while it is right or behind."""

from uuid import UUID

import asyncpg
import pytest

from tests.clicking import BOT, DAY_MS, make_account, make_event, store
from tests.traits import catch_up, relay_all
from tracking.bots.verdicts import Reason
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms
from tracking.dimensions.audit import CHECKS
from tracking.dimensions.following import follow_all
from tracking.reports.audit import audit

pytestmark = pytest.mark.feature("R12")

FACTS, DAYS, WITHIN, CLICKS = CHECKS


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    """With clicks of two days, of a campaign and of a contact, all counted."""
    account_id = await make_account(pool, timezone="Asia/Kolkata")
    events = [
        make_event(account_id, zone="Asia/Kolkata", visitor=1, placement="story"),
        make_event(account_id, zone="Asia/Kolkata", visitor=2, user_agent=BOT, referrer=b""),
        make_event(account_id, zone="Asia/Kolkata", visitor=3, at_ms=now_ms() - DAY_MS, offer_id=4),
        make_event(account_id, zone="Asia/Kolkata", visitor=4, message_id=5, contact_id=6, slot=1),
    ]
    await store(pool, *events)
    await catch_up(pool)
    return account_id


async def find_wrong(pool: asyncpg.Pool) -> set[str]:
    return {difference.check for difference in (await audit(pool)).differences}


async def test_nothing_is_wrong_with_what_was_counted(pool: asyncpg.Pool, account_id: int) -> None:
    assert await find_wrong(pool) == set()


async def test_what_still_waits_is_no_difference(pool: asyncpg.Pool, account_id: int) -> None:
    event = make_event(account_id, zone="Asia/Kolkata", visitor=9)
    await store(pool, event)
    assert await find_wrong(pool) == set()
    await relay_all(pool)
    assert await find_wrong(pool) == set()
    await follow_all(pool)
    await relabel_clicks(
        pool, account_id, {UUID(bytes=event.click_id): Learned(evidence=int(Reason.HONEYPOT))}, Cause.BEHAVIOUR
    )
    assert await find_wrong(pool) == set()


@pytest.mark.parametrize(
    ("harm", "checks"),
    [
        ("UPDATE dimension_rollup SET human_clicks = human_clicks + 1 WHERE dimension = 2", {FACTS, WITHIN}),
        ("UPDATE dimension_rollup SET unique_clicks = 0 WHERE dimension = 0 AND scope = 1", {FACTS, WITHIN, DAYS}),
        ("UPDATE dimension_rollup SET value = 'reel' WHERE dimension = 8 AND scope <> 1", {FACTS}),
        ("UPDATE dimension_click SET counted_as = 32", {FACTS, CLICKS}),
        ("UPDATE dimension_click SET user_agent_id = NULL", {FACTS, CLICKS}),
        ("DELETE FROM dimension_click", {FACTS, CLICKS}),
        ("DELETE FROM dimension_rollup WHERE scope = 5", {FACTS, DAYS}),
        ("DELETE FROM dimension_rollup; DELETE FROM dimension_click", {DAYS, CLICKS}),
    ],
)
async def test_what_was_tampered_with_is_found(
    pool: asyncpg.Pool, account_id: int, harm: str, checks: set[str]
) -> None:
    await pool.execute(harm)
    assert await find_wrong(pool) == checks
