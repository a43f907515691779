"""The audit passes on what the worker made, and on nothing else (rule 12)."""

import random
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import BOT, DAY_MS, HUMAN, make_account, make_event, store
from tracking.bots.verdicts import Reason
from tracking.clicks.event import Fact
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("R12")

ZONES = {"one": "America/St_Johns", "other": "Asia/Kolkata"}


@pytest.fixture
async def account_ids(pool: asyncpg.Pool) -> list[int]:
    """Two accounts with traffic of every kind over two months, in no order."""
    ids = [await make_account(pool, slug=slug, timezone=zone) for slug, zone in ZONES.items()]
    chance = random.Random(4)  # noqa: S311 -- the same clicks in every run
    for account_id, zone in zip(ids, ZONES.values(), strict=True):
        events = [
            make_event(
                account_id,
                at_ms=now_ms() - chance.randrange(60 * DAY_MS),
                visitor=chance.randrange(20),
                zone=zone,
                link_id=1_000 * account_id + chance.randrange(5),
                campaign_id=chance.choice([None, 1, 2]),
                creator_id=chance.choice([None, 5, 6]),
                user_agent=chance.choice([HUMAN, HUMAN, BOT, b""]),
                facts=chance.choice([Fact(0), Fact(0), Fact.PREFETCH, Fact.TEST]),
            )
            for _ in range(400)
        ]
        events += [
            make_event(account_id, zone=zone, visitor=contact, contact_id=contact, message_id=account_id, slot=slot)
            for contact in range(1, 9)
            for slot in (0, 1)
        ]
        for start in range(0, len(events), 90):
            await store(pool, *events[start : start + 90], backfill=True)
        turned = chance.sample(events, k=50)
        news = {UUID(bytes=event.click_id): Learned(evidence=int(Reason.HONEYPOT)) for event in turned}
        await relabel_clicks(pool, account_id, news, Cause.BEHAVIOUR)
    return ids


async def test_it_passes_before_and_after_the_fold(pool: asyncpg.Pool, account_ids: list[int]) -> None:
    before = await audit(pool)
    await fold_all(pool)
    after = await audit(pool)

    assert (before.accounts, before.differences, before.is_clean) == (2, [], True)
    assert after.differences == []


async def test_it_can_look_at_one_account_only(pool: asyncpg.Pool, account_ids: list[int]) -> None:
    await pool.execute("UPDATE rollup_delta SET human_clicks = human_clicks + 1 WHERE account_id = $1", account_ids[1])

    assert (await audit(pool, account_ids[0])).is_clean
    assert not (await audit(pool, account_ids[1])).is_clean


def one(scope: int, grain: int) -> str:
    return f"ctid = (SELECT ctid FROM rollup WHERE scope = {scope} AND grain = {grain} LIMIT 1)"


UNIQUES = "uniques are held by the earliest counted click"
LOGGED = "clicks are as their last re-labelling left them"
MANUAL = "a person's verdict stands"
COUNTING = "previews, prefetches and tests never count"


@pytest.mark.parametrize(
    ("tampering", "check"),
    [
        (f"UPDATE rollup SET bot_clicks = bot_clicks + 1 WHERE {one(5, 1)}", "hours = clicks"),
        (f"UPDATE rollup SET unique_clicks = unique_clicks - 1 WHERE {one(1, 2)}", "days = hours"),
        (f"UPDATE rollup SET human_clicks = human_clicks + 1 WHERE {one(2, 3)}", "totals = days"),
        (f"DELETE FROM rollup WHERE {one(2, 3)}", "campaigns = account"),
        (f"DELETE FROM rollup WHERE {one(3, 3)}", "creators = account"),
        (f"DELETE FROM rollup WHERE {one(5, 3)}", "links = account"),
        (f"DELETE FROM rollup WHERE {one(4, 2)}", "creators of a campaign = campaign"),
        (f"DELETE FROM rollup WHERE {one(4, 2)}", "campaigns of a creator = creator"),
        ("TRUNCATE rollup", "hours = clicks"),
        ("DELETE FROM click WHERE id = (SELECT min(id::text)::uuid FROM click)", "hours = clicks"),
        ("UPDATE unique_click SET click_id = gen_random_uuid()", UNIQUES),
        ("DELETE FROM unique_click WHERE subject = 0", UNIQUES),
        ("DELETE FROM unique_click WHERE subject = 1", UNIQUES),
        ("UPDATE click SET score = score + 1 WHERE id IN (SELECT click_id FROM reclassification_log)", LOGGED),
        ("UPDATE click SET manual_verdict = 2 WHERE verdict = 0", MANUAL),
        ("UPDATE click SET is_counted = true", COUNTING),
    ],
)
async def test_it_finds_what_was_tampered_with(
    pool: asyncpg.Pool, account_ids: list[int], tampering: str, check: str
) -> None:
    await fold_all(pool)
    await pool.execute(tampering)

    assert check in {difference.check for difference in (await audit(pool)).differences}
