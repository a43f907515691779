"""Orders are told of, taken back, decided and looked at again while their clicks come, are judged anew and go; some of
it is cut off half-way. The figures are what the orders say, and nothing is left to decide.
"""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.audience import LinkSite, make_link, make_link_site
from tests.clicking import BOT, DAY_MS, HOUR_MS, HUMAN, make_event, store
from tests.converting import make_report
from tests.reporting import make_offer
from tests.settling import look_again, report_click
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.retention import expire_clicks
from tracking.clock import now_ms, utc_now
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import EntryCause, Proof, Status
from tracking.conversions.rechecking import follow_clicks, recheck_due, settle_again
from tracking.conversions.rulings import approve_conversions, reject_conversions, rematch_conversion
from tracking.conversions.store import store_conversions
from tracking.database import open_pool
from tracking.events.relay import relay_once
from tracking.money import Money
from tracking.offers.events import OfferEvent, write_events
from tracking.reports.audit import audit
from tracking.reports.fold import fold_once
from tracking.reports.fold_outcomes import fold_outcomes_once
from tracking.settings import Settings

pytestmark = [pytest.mark.feature("R6", "R7", "R12", "TR16", "TR21"), pytest.mark.usefixtures("orm")]

ZONE = "Australia/Lord_Howe"
ROUNDS = 10
SEEDS = 2
OLD = 40  # clicks that were there before, about where those that are kept begin
ORDERS = 25
EVENTS = ("sale", "sale", "signup", "refund", "refund", "chargeback", "void")


@pytest.fixture
async def wide_pool(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    """With a connection for everybody."""
    pool = await open_pool(settings, max_size=16)
    yield pool
    await pool.close()


class Bustle:
    """Each of these acts in a loop; the seed says what exactly."""

    def __init__(self, pool: asyncpg.Pool, site: LinkSite, links: list[int], offer_id: int, seed: int) -> None:
        self.pool = pool
        self.account_id = site.account_id
        self.links = links
        self.offer_id = offer_id
        self.chance = random.Random(seed)  # noqa: S311 -- chance, not a secret
        self.clicks: list[ClickEvent] = []
        self.deadlocks: list[str] = []
        self.cut_off = 0

    def make_click(self, age_ms: int) -> ClickEvent:
        event = make_event(
            self.account_id,
            at_ms=now_ms() - age_ms,
            zone=ZONE,
            link_id=self.chance.choice(self.links),
            visitor=self.chance.randint(1, 9),
            offer_id=self.chance.choice([None, self.offer_id]),
            user_agent=self.chance.choice([HUMAN, HUMAN, HUMAN, BOT]),
        )
        self.clicks.append(event)
        return event

    def make_report(self) -> ConversionEvent:
        """Of one of a few orders; some name a click that is stored later, or never."""
        given: dict[str, Any] = {
            "txn_id": f"order-{self.chance.randrange(ORDERS)}",
            "event": self.chance.choice(EVENTS),
            "revenue": self.chance.choice(["", "12.50", "12.50", "20", "3.05"]),
            "currency": self.chance.choice(["", "EUR", "USD"]),
            "proof": self.chance.choice(list(Proof)),
            "received_at_ms": now_ms() - self.chance.randrange(DAY_MS),
        }
        if given["event"] in {"refund", "chargeback"}:
            given["part"] = self.chance.choice("abc")
        if self.chance.random() < 0.2:
            return make_report(self.account_id, link_id=self.chance.choice(self.links), **given)
        clicked = self.chance.choice(self.clicks[-60:])
        return report_click(clicked, offer_id=self.chance.choice([None, None, self.offer_id]), **given)

    async def click(self) -> None:
        fresh = [self.make_click(self.chance.randrange(30 * HOUR_MS)) for _ in range(8)]
        await asyncio.sleep(self.chance.random() / 20)
        await store(self.pool, *fresh, backfill=True)

    async def report(self) -> None:
        reports = [self.make_report() for _ in range(self.chance.randrange(1, 15))]
        await store_conversions(self.pool, [*reports, *reports[:3]], backfill=True)

    async def learn(self) -> None:
        bit = self.chance.choice([Reason.HONEYPOT, Reason.MANY_CLICKS])
        news = self.chance.choice([Learned(evidence=int(bit)), Learned(evidence_gone=int(bit))])
        learned = {UUID(bytes=event.click_id): news for event in self.chance.sample(self.clicks, 15)}
        await relabel_clicks(self.pool, self.account_id, learned, Cause.BEHAVIOUR)

    async def rule(self) -> None:
        rows = await self.pool.fetch("SELECT id FROM conversion ORDER BY md5(id::text || $1) LIMIT 6", str(now_ms()))
        ids = [row["id"] for row in rows]
        await self.chance.choice([approve_conversions, reject_conversions])(self.pool, self.account_id, ids)
        for conversion_id in ids[:2]:
            await rematch_conversion(self.pool, self.account_id, conversion_id)

    async def look(self) -> None:
        """Early. One conversion at a time: whoever locks several, in the product, locks their orders first."""
        for row in await self.pool.fetch("SELECT id FROM conversion WHERE recheck_at > now()"):
            await self.pool.execute("UPDATE conversion SET recheck_at = now() WHERE id = $1", row["id"])
        await recheck_due(self.pool)

    async def follow(self) -> None:
        async with self.pool.acquire() as connection:
            await relay_once(connection)
        await follow_clicks(self.pool)

    async def expire(self) -> None:
        await expire_clicks(self.pool, utc_now() + dt.timedelta(hours=self.chance.randint(0, 30)))

    async def fold(self) -> None:
        await fold_once(self.pool)
        await fold_outcomes_once(self.pool)

    async def repeat(self, act: Callable[[], Awaitable[None]]) -> None:
        for _ in range(ROUNDS):
            await self.survive(act)
            await asyncio.sleep(self.chance.random() / 50)

    async def survive(self, act: Callable[[], Awaitable[None]]) -> None:
        """One in four is cut off on its way, and nobody tries it again; what loses a deadlock is tried again."""
        while True:
            within_s = self.chance.random() / 20 if self.chance.random() < 0.25 else None
            try:
                async with asyncio.timeout(within_s):
                    return await act()
            except TimeoutError:
                self.cut_off += 1
                return None
            except asyncpg.DeadlockDetectedError as error:
                self.deadlocks.append(f"{act.__name__}: {error.detail}, {error.context}")


async def calm_down(pool: asyncpg.Pool) -> None:
    """All that would have happened in time, whoever was cut off."""
    for _ in range(3):
        async with pool.acquire() as connection:
            while await relay_once(connection):
                pass
        while await follow_clicks(pool):
            pass
        while await look_again(pool):
            if not await pool.fetchval("SELECT count(*) FROM conversion WHERE recheck_at <= now()"):
                break


async def settle_everything(pool: asyncpg.Pool) -> list[UUID]:
    rows = await pool.fetch("SELECT account_id, order_key FROM conversion_order")
    return await settle_again(pool, [(row["account_id"], row["order_key"]) for row in rows], EntryCause.REMATCHED)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_the_figures_are_what_the_orders_say_and_nothing_is_left_to_decide(
    wide_pool: asyncpg.Pool, seed: int
) -> None:
    site = await make_link_site(wide_pool, timezone=ZONE)
    await wide_pool.execute("UPDATE account SET retention_days = 36, cap_per_link_hour = 3")
    offer_id = await make_offer(wide_pool, site.account_id)
    terms = [OfferEvent("sale", None, 750), OfferEvent("signup", Money(90, "JPY"))]
    await wide_pool.execute("UPDATE offer SET events = $1", write_events(terms))
    links = [await make_link(wide_pool, site, slug) for slug in ("ann", "bob")]
    bustle = Bustle(wide_pool, site, links, offer_id, seed)
    old = [bustle.make_click(round((33 + 4 * place / OLD) * DAY_MS)) for place in range(OLD)]
    await store(wide_pool, *old, backfill=True)

    acts = [bustle.click, bustle.click, bustle.report, bustle.report, bustle.report, bustle.learn, bustle.learn]
    acts += [bustle.rule, bustle.rule, bustle.look, bustle.look, bustle.follow, bustle.follow, bustle.expire]
    await asyncio.gather(*(bustle.repeat(act) for act in [*acts, bustle.fold, bustle.fold]))
    await calm_down(wide_pool)

    assert (await audit(wide_pool)).differences == []
    assert await settle_everything(wide_pool) == []
    assert bustle.deadlocks == []
    assert bustle.cut_off > 10
    statuses = {row[0] for row in await wide_pool.fetch("SELECT DISTINCT status FROM conversion")}
    assert statuses >= {Status.APPROVED, Status.HELD, Status.CONFLICT, Status.REJECTED, Status.VOIDED}
