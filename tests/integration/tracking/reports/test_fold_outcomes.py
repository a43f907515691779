"""The fold of outcomes brings every delta into every scope, grain, dating and currency, once."""

import asyncio
import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.messaging import write_message
from tests.outcomes import append, convert, make_key, show
from tracking.money import MAX_AMOUNT_MINOR
from tracking.reports.audit import audit
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.fold import fold_all, fold_once
from tracking.reports.fold_outcomes import fold_outcomes_once
from tracking.reports.outcome_queries import Worth, read_outcomes
from tracking.reports.outcomes import NO_CURRENCY, Dating, OutcomeDeltas
from tracking.reports.queries import Subject
from tracking.reports.ranges import EVERYTHING
from tracking.reports.scopes import FAMILIES, Grain, Scope, list_grains

pytestmark = pytest.mark.feature("R12", "LO16")

CLICK = UUID("01900000-0000-7000-8000-000000000001")
CLICKED_AT = dt.datetime(2026, 11, 19, 9, 15, tzinfo=dt.UTC)
BOUGHT_AT = dt.datetime(2026, 11, 20, 12, 30, tzinfo=dt.UTC)
LABELS = {"campaign_id": 2, "creator_id": 3, "link_id": 7, "slot": 1, "offer_id": 8, "sharer_id": 6, "contact_id": 4}
MESSAGE = 5
KEYS = {
    Scope.ACCOUNT: (0, 0),
    Scope.CAMPAIGN: (2, 0),
    Scope.CREATOR: (3, 0),
    Scope.CAMPAIGN_CREATOR: (2, 3),
    Scope.LINK: (0, 0),
    Scope.MESSAGE: (MESSAGE, 0),
    Scope.MESSAGE_SLOT: (MESSAGE, 1),
    Scope.OFFER: (8, 0),
    Scope.OFFER_CREATOR: (8, 3),
    Scope.CREATIVE: (10, 0),
    Scope.SHARER: (6, 0),
    Scope.MESSAGE_SHARER: (MESSAGE, 6),
    Scope.CONTACT: (4, 0),
}
HOURS = {
    Dating.CONVERSION_TIME: dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC),
    Dating.CLICK_TIME: dt.datetime(2026, 11, 19, 9, tzinfo=dt.UTC),
}


def find_bucket(grain: Grain, dating: Dating) -> dt.datetime:
    return {Grain.HOUR: HOURS[dating], Grain.DAY: HOURS[dating].replace(hour=0), Grain.TOTAL: TOTAL_BUCKET}[grain]


async def test_a_conversion_is_in_every_scope_and_three_grains_by_both_moments(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await write_message(pool, account_id, message_id=MESSAGE, creative_id=10)
    labels = {**LABELS, "message_id": MESSAGE}
    await convert(pool, account_id, click_id=CLICK, clicked_at=CLICKED_AT, occurred_at=BOUGHT_AT, **labels)

    assert await fold_outcomes_once(pool) == 2

    rows = await pool.fetch(
        "SELECT scope, first_key, second_key, grain, dating, bucket, currency, conversions, credited_conversions,"
        " gross_minor, refunds_minor, payout_minor, impressions FROM outcome_rollup ORDER BY scope, grain, dating"
    )
    assert [tuple(row) for row in rows] == [
        (scope, *KEYS[scope], grain, dating, find_bucket(grain, dating), "EUR", 1, 1, 1250, 0, 0, 0)
        for scope in Scope
        for grain in list_grains(scope)
        for dating in Dating
    ]


@pytest.mark.feature("TR21")
async def test_currencies_are_never_added_together(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    for minor, currency in ((1250, "EUR"), (700, "EUR"), (900, "JPY"), (None, None)):
        worth = {"value_minor": minor, "value_currency": currency, "payout_minor": 100, "payout_currency": "USD"}
        await convert(pool, account_id, **worth)
    await convert(pool, account_id, event="refund", value_minor=-250, is_counted=False)
    await fold_all(pool)

    rows = await pool.fetch(
        "SELECT currency, conversions, gross_minor, refunds_minor, payout_minor FROM outcome_rollup"
        " WHERE scope = 1 AND grain = 3 AND dating = 1 ORDER BY currency"
    )

    assert [tuple(row) for row in rows] == [
        (NO_CURRENCY, 1, 0, 0, 0),
        ("EUR", 2, 1950, 250, 0),
        ("JPY", 1, 900, 0, 0),
        ("USD", 0, 0, 0, 400),
    ]


async def test_no_sum_is_too_large_whatever_somebody_reports(pool: asyncpg.Pool) -> None:
    """Else one account's amounts would keep everybody's figures from being told."""
    account_id = await make_account(pool)
    for _ in range(3):
        deltas = OutcomeDeltas()
        for _ in range(5_000):
            key = make_key(account_id, BOUGHT_AT, ZoneInfo("UTC"), link_id=7)
            deltas.add(key, Dating.CONVERSION_TIME, "EUR", "gross_minor", MAX_AMOUNT_MINOR)
        await append(pool, deltas)

    await fold_all(pool)

    subject = Subject(Scope.LINK, 7)
    found = await read_outcomes(pool, account_id, [subject], EVERYTHING)
    assert found[subject].tell(Dating.CONVERSION_TIME).worth == {"EUR": Worth(gross_minor=15_000 * MAX_AMOUNT_MINOR)}
    assert {each.check for each in (await audit(pool)).differences} == {"hours of outcomes = conversions"}


async def test_what_belongs_to_nobody_stands_under_none(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await convert(pool, account_id, link_id=7, contact_id=4)
    await fold_all(pool)

    keys = await pool.fetch(
        "SELECT scope, first_key, second_key FROM outcome_rollup WHERE grain = 3 AND dating = 1 ORDER BY scope"
    )

    everywhere = [(scope, 0, 0) for scope in FAMILIES[0].scopes]
    assert [tuple(row) for row in keys] == [*everywhere, (Scope.CONTACT, 4, 0)]


async def test_folding_again_adds_nothing_and_tells_that_all_is_told(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await convert(pool, account_id)
    await fold_all(pool)
    told_at = await pool.fetchval("SELECT outcomes_folded_at FROM fold_state")

    assert await fold_outcomes_once(pool) == 0

    assert await pool.fetchval("SELECT gross_minor FROM outcome_rollup WHERE scope = 1 AND grain = 3 LIMIT 1") == 1250
    assert await pool.fetchval("SELECT outcomes_folded_at FROM fold_state") > told_at


async def test_many_folds_at_once_count_each_delta_once(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    deltas = OutcomeDeltas()
    for link_id in range(1, 301):
        key = make_key(account_id, BOUGHT_AT, ZoneInfo("UTC"), link_id=link_id)
        deltas.add(key, Dating.CONVERSION_TIME, "EUR", "gross_minor", 10)
    await append(pool, deltas)

    folded = await asyncio.gather(*(fold_outcomes_once(pool) for _ in range(8)))
    await fold_all(pool)

    assert sum(count or 0 for count in folded) <= 300
    assert await pool.fetchval("SELECT gross_minor FROM outcome_rollup WHERE scope = 1 AND grain = 3") == 3000


async def test_clicks_and_outcomes_fold_apart(pool: asyncpg.Pool) -> None:
    """Who folds clicks holds nobody up who folds outcomes, and leaves them alone."""
    account_id = await make_account(pool)
    await store(pool, make_event(account_id))
    await show(pool, account_id, 3, link_id=7)

    assert await fold_once(pool) == 1
    assert await pool.fetchval("SELECT count(*) FROM outcome_delta") == 2
    assert await fold_outcomes_once(pool) == 2
