"""The audit recounts conversions, and finds every count of them that does not come of one (rule 12)."""

import datetime as dt
import random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.clicking import make_account
from tests.outcomes import convert, show
from tracking.clock import utc_now
from tracking.conversions.kinds import Status
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("R12", "LO16")

ZONES = {"one": "America/St_Johns", "other": "Australia/Lord_Howe"}
WORTH: list[dict[str, Any]] = [
    {"value_minor": 1250, "value_currency": "EUR"},
    {"value_minor": 900, "value_currency": "JPY", "payout_minor": 12, "payout_currency": "USD"},
    {"value_minor": None, "value_currency": None, "payout_minor": 300, "payout_currency": "EUR"},
    {"event": "rebill", "is_counted": False},
]
ENTRIES = "conversions are as their last entry says"
GIVEN_BACK = "no order gave back more than it brought"
HOURS = "hours of outcomes = conversions"


@pytest.fixture
async def account_ids(pool: asyncpg.Pool) -> list[int]:
    """Two accounts with conversions of every kind over two months, a third of them without a click, and impressions."""
    ids = [await make_account(pool, slug=slug, timezone=zone) for slug, zone in ZONES.items()]
    chance = random.Random(5)  # noqa: S311 -- the same conversions in every run
    for account_id in ids:
        for order in range(60):
            at = utc_now() - dt.timedelta(seconds=chance.randrange(60 * 86_400))
            whose = {
                "link_id": chance.randrange(1, 5),
                "campaign_id": chance.choice([None, 1, 2]),
                "creator_id": chance.choice([None, 5, 6]),
                "offer_id": chance.choice([None, 8, 9]),
                "contact_id": chance.choice([None, None, 4]),
                "message_id": chance.choice([None, 11]),
                "slot": chance.choice([1, 2]),
            }
            earned_by = {
                "click_id": UUID(int=chance.getrandbits(128)),
                "clicked_at": at - dt.timedelta(hours=chance.randrange(600)),
            }
            await convert(
                pool,
                account_id,
                txn_id=f"{order}",
                occurred_at=at,
                status=chance.choice([Status.APPROVED, Status.APPROVED, Status.HELD, Status.VOIDED]),
                **{name: label for name, label in whose.items() if label is not None},
                **(earned_by if order % 3 else {}),
                **chance.choice(WORTH),
            )
        await convert(pool, account_id, txn_id="R", link_id=1)
        await convert(pool, account_id, txn_id="R", event="refund", part="r1", value_minor=-250, is_counted=False)
        await show(pool, account_id, 40, link_id=1, campaign_id=1)
    return ids


async def test_it_passes_before_and_after_the_fold(pool: asyncpg.Pool, account_ids: list[int]) -> None:
    before = await audit(pool)
    await fold_all(pool)
    after = await audit(pool)

    assert (before.accounts, before.differences, after.differences) == (2, [], [])


async def test_one_account_is_another_ones_business(pool: asyncpg.Pool, account_ids: list[int]) -> None:
    await pool.execute("UPDATE outcome_delta SET gross_minor = gross_minor + 1 WHERE account_id = $1", account_ids[1])

    assert (await audit(pool, account_ids[0])).is_clean
    assert HOURS in {difference.check for difference in (await audit(pool, account_ids[1])).differences}


def one(scope: int, grain: int, condition: str = "true") -> str:
    return (
        "ctid = (SELECT ctid FROM outcome_rollup"
        f" WHERE scope = {scope} AND grain = {grain} AND {condition} ORDER BY bucket LIMIT 1)"
    )


@pytest.mark.parametrize(
    ("tampering", "check"),
    [
        (f"UPDATE outcome_rollup SET gross_minor = gross_minor + 1 WHERE {one(1, 1, 'dating = 1')}", HOURS),
        (f"UPDATE outcome_rollup SET payout_minor = payout_minor + 1 WHERE {one(8, 1, 'dating = 2')}", HOURS),
        (f"UPDATE outcome_rollup SET currency = 'BHD' WHERE {one(5, 1, 'gross_minor > 0')}", HOURS),
        (f"UPDATE outcome_rollup SET credited_conversions = -1 WHERE {one(4, 1)}", HOURS),
        (f"UPDATE outcome_rollup SET refunds_minor = 7 WHERE {one(1, 2)}", "days of outcomes = hours"),
        (f"UPDATE outcome_rollup SET impressions = 41 WHERE {one(1, 2)}", "days of outcomes = hours"),
        (f"UPDATE outcome_rollup SET conversions = conversions + 1 WHERE {one(2, 3)}", "totals of outcomes = days"),
        (f"DELETE FROM outcome_rollup WHERE {one(2, 3)}", "outcomes: campaigns = account"),
        (f"DELETE FROM outcome_rollup WHERE {one(3, 3)}", "outcomes: creators = account"),
        (f"DELETE FROM outcome_rollup WHERE {one(5, 3)}", "outcomes: links = account"),
        (f"DELETE FROM outcome_rollup WHERE {one(6, 3)}", "totals of outcomes = days"),
        (f"DELETE FROM outcome_rollup WHERE {one(7, 3)}", "outcomes: slots of a message = message"),
        (f"DELETE FROM outcome_rollup WHERE {one(8, 3)}", "totals of outcomes = days"),
        (f"DELETE FROM outcome_rollup WHERE {one(9, 2)}", "outcomes: creators of an offer = offer"),
        (f"DELETE FROM outcome_rollup WHERE {one(4, 2)}", "outcomes: campaigns of a creator = creator"),
        ("TRUNCATE outcome_rollup", HOURS),
        ("UPDATE conversion SET status = 2 WHERE status = 1", HOURS),
        ("UPDATE conversion SET status = 1, reason = 0 WHERE status = 2", ENTRIES),
        ("UPDATE conversion SET clicked_at = clicked_at - interval '1 hour'", HOURS),
        ("UPDATE conversion SET click_id = gen_random_uuid() WHERE click_id IS NOT NULL", ENTRIES),
        ("UPDATE conversion SET entry = entry + 1", ENTRIES),
        ("UPDATE conversion SET value_minor = -1251 WHERE part = 'r1'", GIVEN_BACK),
    ],
)
async def test_it_finds_what_was_tampered_with(
    pool: asyncpg.Pool, account_ids: list[int], tampering: str, check: str
) -> None:
    await fold_all(pool)
    await pool.execute(tampering)

    assert check in {difference.check for difference in (await audit(pool)).differences}


async def test_a_conversion_without_any_entry_is_found(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    conversion_id = await convert(pool, account_id)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")  # else the ledger would refuse
        await connection.execute("DELETE FROM conversion_entry WHERE conversion_id = $1", conversion_id)

    [difference] = (await audit(pool)).differences

    assert (difference.check, difference.place) == (ENTRIES, f"conversion {conversion_id}")


async def test_clicks_that_are_gone_change_nothing(pool: asyncpg.Pool) -> None:
    """Conversions outlive the clicks that earned them."""
    account_id = await make_account(pool)
    clicked_at = utc_now() - dt.timedelta(days=500)
    await convert(pool, account_id, click_id=uuid4(), clicked_at=clicked_at, occurred_at=clicked_at, link_id=7)
    await fold_all(pool)

    assert (await audit(pool)).is_clean
