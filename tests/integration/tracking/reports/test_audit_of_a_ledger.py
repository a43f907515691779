"""Whatever happens to orders, to their clicks and by people's hands: the audit's recount finds the same figures."""

import random
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.clicking import BOT, DAY_MS, HUMAN, make_event, store
from tests.converting import make_report
from tests.settling import convert, look_again, report_click, take_out
from tracking.accounts.service import create_account
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Proof
from tracking.conversions.rechecking import follow_clicks
from tracking.conversions.rulings import approve_conversions, reject_conversions
from tracking.events.relay import relay_once
from tracking.offers.events import GivenEvent
from tracking.offers.service import OfferFields, create_offer
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("R7", "R12", "LO16", "TR21")

ZONE = "America/St_Johns"
TERMS = (
    GivenEvent("sale", payout_percent=Decimal("7.5")),
    GivenEvent("lead", currency="JPY", payout_amount=Decimal(120)),
    GivenEvent("rebill", payout_percent=Decimal(1)),
)
TAKEN_BACK = (
    ("", ""),
    ("", ""),
    ("refund", "3"),
    ("refund", ""),
    ("refund", "99999"),
    ("chargeback", "5"),
    ("void", ""),
)
EVENTS = ("sale", "sale", "sale", "lead", "rebill", "tasting")


class Ledger:
    """Sixty clicks of two months, and a hundred orders of them or of nobody; the same in every run."""

    def __init__(self, pool: asyncpg.Pool, account_id: int, offer_id: int) -> None:
        self.pool = pool
        self.account_id = account_id
        self.offer_id = offer_id
        self.chance = random.Random(7)  # noqa: S311 -- the same orders in every run

    async def fill(self) -> None:
        clicks = [self._make_click(visitor) for visitor in range(60)]
        await store(self.pool, *clicks, backfill=True)
        for number in range(100):
            order = self._make_order(number, self.chance.choice(clicks))
            await convert(self.pool, *order, *self._contradict(order[0]), *self._take_back(order[0]))
        turned = self.chance.sample(clicks, k=15)
        news = {UUID(bytes=event.click_id): Learned(evidence=int(Reason.HONEYPOT)) for event in turned}
        await relabel_clicks(self.pool, self.account_id, news, Cause.BEHAVIOUR)
        async with self.pool.acquire() as connection:
            while await relay_once(connection):
                pass
        while await follow_clicks(self.pool):
            pass
        await look_again(self.pool)

    async def rule(self) -> None:
        """A person approves half of what waits for one, and rejects some of what stands."""
        waiting = await self.pool.fetch("SELECT id FROM conversion WHERE status IN (2, 4, 5) ORDER BY id")
        await approve_conversions(self.pool, self.account_id, [row["id"] for row in waiting[::2]])
        standing = await self.pool.fetch("SELECT id FROM conversion WHERE status = 1 ORDER BY id LIMIT 10")
        await reject_conversions(self.pool, self.account_id, [row["id"] for row in standing])

    def _make_click(self, visitor: int) -> ClickEvent:
        return make_event(
            self.account_id,
            at_ms=now_ms() - self.chance.randrange(60 * DAY_MS),
            visitor=visitor,
            zone=ZONE,
            link_id=self.chance.randrange(1, 5),
            campaign_id=self.chance.choice([None, 1, 2]),
            creator_id=self.chance.choice([None, 5, 6]),
            offer_id=self.chance.choice([None, self.offer_id]),
            user_agent=self.chance.choice([HUMAN, HUMAN, HUMAN, BOT]),
        )

    def _make_order(self, number: int, clicked: ClickEvent) -> list[ConversionEvent]:
        said = {
            "txn_id": f"order-{number}",
            "event": self.chance.choice(EVENTS),
            "revenue": f"{self.chance.randrange(1, 9_999)}",
            "currency": self.chance.choice(["EUR", "JPY", ""]),
        }
        if number % 4 == 0:
            return [make_report(self.account_id, offer_id=self.chance.choice([None, self.offer_id]), **said)]
        report = report_click(clicked, **said)
        return [report] * self.chance.choice([1, 1, 2])

    def _contradict(self, order: ConversionEvent) -> list[ConversionEvent]:
        """A server tells of one order in five that it was worth something else."""
        if self.chance.randrange(5):
            return []
        return [
            make_report(
                self.account_id,
                txn_id=order.txn_id,
                event=order.event,
                revenue="77",
                proof=self.chance.choice(list(Proof)),
            )
        ]

    def _take_back(self, order: ConversionEvent) -> list[ConversionEvent]:
        event, revenue = self.chance.choice(
            [
                ("", ""),
                ("", ""),
                ("refund", "3"),
                ("refund", ""),
                ("chargeback", "5"),
                ("void", ""),
                ("refund", "99999"),
            ]
        )
        if not event:
            return []
        parts = ("a", "b") if event == "refund" else ("a",)
        return [take_out(order, event, part, revenue, proof=self.chance.choice(list(Proof))) for part in parts]


@pytest.fixture
async def ledger(pool: asyncpg.Pool, orm: TortoiseContext) -> Ledger:
    account = await create_account("Acme", "acme")
    await pool.execute("UPDATE account SET timezone = $1 WHERE id = $2", ZoneInfo(ZONE).key, account.id)
    offer = await create_offer(account.id, OfferFields("Rain week", "https://brand.example/"), TERMS)
    filled = Ledger(pool, account.id, offer.id)
    await filled.fill()
    return filled


async def test_a_recount_of_orders_finds_what_was_posted(pool: asyncpg.Pool, ledger: Ledger) -> None:
    before = await audit(pool)
    await fold_all(pool)
    folded = await audit(pool)
    await ledger.rule()
    ruled = await audit(pool)
    await fold_all(pool)
    after = await audit(pool)

    assert [each.differences for each in (before, folded, ruled, after)] == [[], [], [], []]
    statuses = {row[0] for row in await pool.fetch("SELECT DISTINCT status FROM conversion")}
    assert statuses >= {1, 2, 4, 6, 7}  # else little of it was tried
    sums = await pool.fetchrow(
        "SELECT sum(refunds_minor) > 0, sum(payout_minor) > 0, count(DISTINCT currency)"
        " FROM outcome_rollup WHERE scope = 1 AND grain = 3"
    )
    assert tuple(sums) == (True, True, 3)


async def test_an_amount_that_nobody_posted_is_found(pool: asyncpg.Pool, ledger: Ledger) -> None:
    await fold_all(pool)
    await pool.execute(
        "UPDATE conversion SET value_minor = value_minor + 1"
        " WHERE id = (SELECT id FROM conversion WHERE status = 1 AND kind = 2 ORDER BY id LIMIT 1)"
    )

    found = {difference.check for difference in (await audit(pool)).differences}

    assert found == {"conversions are as their last entry says", "hours of outcomes = conversions"}
