"""Thousands of reports that must not be believed: none is taken as proven, approved or paid, or breaks a thing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest
import redis.asyncio

from redirector.conversions import proving
from tests.audience import Answer, Audience, LinkSite, make_link, make_link_site, open_redirector, sign_click
from tests.clicking import BOT
from tests.fuzz.conversion_attacks import SERVER, Attack, Attacker, Target
from tests.reporting import make_offer, make_secret, make_signing_key, make_snippet_key, read_reports, sign
from tests.settling import DAY, click, read_figures
from tests.waiting import eventually
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Proof, Status
from tracking.conversions.store import store_conversions
from tracking.money import Money
from tracking.offers.events import OfferEvent, write_events
from tracking.settings import Settings

ATTACKS: Final = 12_000
AT_ONCE: Final = 40
BATCH: Final = 500
UNAVAILABLE: Final = 503
DAY_MS: Final = int(DAY.total_seconds() * 1_000)
PAID: Final = b'{"txn_id": "paid", "revenue": "12.50", "currency": "EUR", "offer_id": "rain"}'
ORGANIC: Final = b'{"txn_id": "organic", "revenue": "20.00"}'


@pytest.fixture
async def site(pool: asyncpg.Pool) -> LinkSite:
    return await make_link_site(pool)


@pytest.fixture
async def audience(settings: Settings) -> AsyncIterator[Audience]:
    async with open_redirector(settings) as opened:
        yield opened


@pytest.fixture
async def target(pool: asyncpg.Pool, settings: Settings, site: LinkSite) -> Target:
    """An account whose offer pays for every sale, beside another that an attacker owns."""
    other = await make_link_site(pool, slug="other")
    rain = await make_offer(pool, site.account_id, external_id="rain")
    await make_offer(pool, site.account_id, external_id="snow")
    theirs = await make_offer(pool, other.account_id, external_id="rain")
    await pool.execute("UPDATE offer SET events = $1", write_events([OfferEvent("sale", Money(1_000, "EUR"))]))
    link_id = await make_link(pool, site, "abc23XY")
    await pool.execute(
        "INSERT INTO coupon (account_id, code, link_id, created_at) VALUES ($1, 'ANN10', $2, now() - interval '1 h')",
        site.account_id,
        link_id,
    )
    await pool.execute("UPDATE link SET offer_id = $1 WHERE id = $2", rain, link_id)
    revoked = await make_secret(pool, site.account_id, rain)
    await pool.execute("UPDATE postback_secret SET revoked_at = now()")
    old = await click(pool, site.account_id, link_id=link_id, offer_id=rain, at_ms=now_ms() - 29 * DAY_MS)
    bot = await click(pool, site.account_id, link_id=link_id, offer_id=rain, user_agent=BOT)
    foreign = await click(pool, other.account_id)
    key = await make_signing_key(pool, settings, site.account_id)
    return Target(
        settings=settings,
        account_id=site.account_id,
        host=site.host,
        slug="abc23XY",
        other_host=other.host,
        foreign_click=sign_click(settings, foreign.click_id),
        old_click=sign_click(settings, old.click_id),
        bot_click=sign_click(settings, bot.click_id),
        publishable_key=await make_snippet_key(pool, site.account_id, "ct_pub_one"),
        signing_key=key,
        foreign_signing_key=await make_signing_key(pool, settings, other.account_id),
        secret=await make_secret(pool, site.account_id, rain),
        foreign_secret=await make_secret(pool, other.account_id, theirs),
        revoked_secret=revoked,
        offers=("rain", "snow"),
        seen=_sign(key, site.host, PAID, "nonce-that-was-seen"),
    )


def _sign(key: str, host: str, body: bytes, nonce: str) -> Attack:
    header = sign(key, body, nonce, host=host)
    named = [("host", host), *SERVER, ("content-length", str(len(body))), header]
    return Attack("POST", "/conv", "", named, body)


async def send(audience: Audience, attack: Attack) -> Answer:
    """Again for as long as it is told to: proofs have one second, in which 40 at once may not all have their turn."""

    async def ask() -> Answer:
        return await audience.send(attack.method, attack.path, attack.query, attack.headers, body=attack.body)

    return await eventually(ask, lambda answer: answer.status != UNAVAILABLE or "retry-after" not in answer.headers)


async def store_all(pool: asyncpg.Pool, client: redis.asyncio.Redis) -> list[ConversionEvent]:
    """As the worker does with whatever is on the stream."""
    events = await read_reports(client)
    for start in range(0, len(events), BATCH):
        await store_conversions(pool, events[start : start + BATCH])
    return events


async def assault(audience: Audience, target: Target, attacks: int) -> Counter[int]:
    """How often each status was answered."""
    attacker, statuses = Attacker(target, seed=20_261_121), Counter[int]()
    for _ in range(attacks // AT_ONCE):
        answers = await asyncio.gather(*(send(audience, attacker.attack()) for _ in range(AT_ONCE)))
        statuses.update(answer.status for answer in answers)
    return statuses


async def count_approved(pool: asyncpg.Pool) -> int:
    count: int = await pool.fetchval("SELECT count(*) FROM conversion WHERE status = $1", Status.APPROVED)
    return count


@pytest.mark.feature("TR13", "TR14", "TR15", "R7", "R11")
async def test_no_attack_is_proven_approved_or_paid(
    audience: Audience, pool: asyncpg.Pool, target: Target, redis_client: redis.asyncio.Redis
) -> None:
    organic = _sign(target.signing_key, target.host, ORGANIC, "nonce-of-an-organic-one")
    assert [(await send(audience, each)).status for each in (target.seen, organic)] == [202, 202]
    await store_all(pool, redis_client)
    before = await read_figures(pool)
    assert before == {"conversions": 1, "gross_minor": 1_250, "payout_minor": 1_000}

    statuses = await assault(audience, target, ATTACKS)

    events = await store_all(pool, redis_client)
    assert statuses.total() == ATTACKS
    assert [status for status in statuses if status >= 500] == []
    assert {202, 400, 401, 403, 409, 413} <= statuses.keys()
    assert [event.txn_id for event in events if event.proof > Proof.NONE] == ["paid", "organic"]
    assert len(events) > ATTACKS // 10  # they reached the worker, and were not merely kept from it
    assert await count_approved(pool) == 1
    assert await read_figures(pool) == before


@pytest.mark.feature("TR13", "TR14")
@pytest.mark.parametrize("way", ["signature", "secret", "click"])
async def test_the_same_count_sees_what_is_right(
    audience: Audience,
    pool: asyncpg.Pool,
    target: Target,
    redis_client: redis.asyncio.Redis,
    way: str,
) -> None:
    good = await click(pool, target.account_id, at_ms=now_ms() - 60_000)
    token = sign_click(target.settings, good.click_id)
    named = [("host", target.host), *SERVER]
    right = {
        "signature": target.seen,
        "secret": Attack("GET", "/conv/offer", f"txn_id=A&revenue=12.50&offer_id=rain&secret={target.secret}", named),
        "click": Attack("GET", "/conv", f"txn_id=A&revenue=12.50&click_id={token}", named),
    }[way]

    assert (await send(audience, right)).status == 202

    await store_all(pool, redis_client)
    assert await count_approved(pool) == 1


async def test_a_proof_that_had_no_turn_in_time_is_asked_for_again(
    audience: Audience, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "DEADLINE_S", 0.0)
    answer = await audience.send("POST", "/conv", "", target.seen.headers, body=target.seen.body)
    assert (answer.status, answer.headers["retry-after"]) == (UNAVAILABLE, "1")

    monkeypatch.undo()
    assert (await send(audience, target.seen)).status == 202


@pytest.mark.parametrize("broken", ["is_signed_by", "is_timely", "find_offer_secret"])
async def test_the_same_attacks_get_through_where_a_check_is_broken(
    audience: Audience, pool: asyncpg.Pool, target: Target, redis_client: redis.asyncio.Redis, broken: str
) -> None:
    async def find_any(*_: object) -> int:
        return 1

    def agree(*_: object) -> bool:
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proving, broken, find_any if broken == "find_offer_secret" else agree)
        await assault(audience, target, 12 * AT_ONCE)

    events = await store_all(pool, redis_client)
    assert [event for event in events if event.proof > Proof.NONE and event.txn_id != "paid"] != []
    assert await count_approved(pool) > 0
