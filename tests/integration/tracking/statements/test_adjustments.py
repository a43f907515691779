"""What changes after a period was closed: payout export, statements and reports still say the same."""

import json
from decimal import Decimal
from typing import NamedTuple

import asyncpg
import hypothesis
import pytest
import redis.asyncio
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from tests.brand import make_brand, make_campaign, make_creator
from tests.clicking import BOT, HUMAN
from tests.closing import at_ms, close, days, list_chain, read_payouts, report
from tests.conftest import Stores
from tests.corrections import reclassify
from tests.settling import click, convert, find_id, report_click, take_out
from tracking.bots.verdicts import Verdict
from tracking.conversions.event import ConversionEvent
from tracking.conversions.rulings import approve_conversions, reject_conversions
from tracking.orm import open_orm
from tracking.reports.fold import fold_all
from tracking.reports.ranges import ReportRange
from tracking.statements.figures import Figures, add_figures
from tracking.statements.rules import find_problems, read_content

pytestmark = pytest.mark.feature("R12", "TR21", "LO16")


class Scene(NamedTuple):
    """A campaign with Ann and Bob, whose offer pays a tenth, and what sold there by the name of the test."""

    pool: asyncpg.Pool
    client: redis.asyncio.Redis
    account_id: int
    campaign_id: int
    offer_id: int
    creator_ids: dict[str, int]

    async def sell(self, creator: str, day: int, revenue: str) -> ConversionEvent:
        clicked = await click(
            self.pool,
            self.account_id,
            at_ms=at_ms(day),
            campaign_id=self.campaign_id,
            creator_id=self.creator_ids[creator],
            offer_id=self.offer_id,
        )
        sale = report_click(clicked, revenue=revenue)
        await convert(self.pool, sale)
        return sale

    async def refund(self, sale: ConversionEvent, day: int, revenue: str) -> None:
        at = {"occurred_at_ms": at_ms(day, 20), "received_at_ms": at_ms(day, 20)}
        await convert(self.pool, take_out(sale, "refund", f"r{day}", revenue, **at))

    async def close(self, period: ReportRange) -> None:
        await close(self.pool, self.client, self.account_id, self.campaign_id, period)

    async def read_payout(self, period: ReportRange, creator: str) -> Decimal:
        """Of a report, in euros."""
        creator_id = self.creator_ids[creator]
        figures = await report(self.pool, self.account_id, self.campaign_id, period, creator_id)
        return Decimal(figures.get(("payout", "EUR"), 0)) / 100


async def make_scene(pool: asyncpg.Pool, client: redis.asyncio.Redis, zone: str = "UTC") -> Scene:
    account = await make_brand()
    await pool.execute("UPDATE account SET timezone = $2 WHERE id = $1", account.id, zone)
    offer_id = await pool.fetchval(
        "INSERT INTO offer (account_id, name, destination_url, currency, events, created_at)"
        " VALUES ($1, 'Shoes', 'https://brand.example/', 'EUR', '[[\"sale\", null, 1000, null]]', now()) RETURNING id",
        account.id,
    )
    creators = {handle: (await make_creator(account, handle)).id for handle in ("ann", "bob")}
    return Scene(pool, client, account.id, (await make_campaign(account)).id, offer_id, creators)


@pytest.fixture
async def scene(orm: TortoiseContext, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> Scene:
    return await make_scene(pool, redis_client)


async def read_amounts(scene: Scene, number: int, creator: str) -> dict[str, dict[str, str]]:
    """What a statement says of a creator's payout, in its own words."""
    written = json.loads((await list_chain(scene.pool, scene.campaign_id))[number - 1][0])
    [line] = [each for each in written["creators"] if each["creator"] and each["creator"]["handle"] == creator]
    return {name: line[name].get("payout", {}) for name in ("period", "adjustments", "toDate")}


class TestPayouts:
    async def test_export_statement_and_report_of_a_period_are_equal(self, scene: Scene) -> None:
        sale = await scene.sell("ann", 2, "100.00")
        await scene.refund(sale, 3, "30.00")
        await scene.sell("bob", 2, "50.00")
        await scene.close(days(1, 4))

        exported = await read_payouts(scene.pool, scene.account_id, scene.campaign_id, days(1, 4))

        assert exported == {
            ("ann", "EUR"): (Decimal("0.00"), Decimal("10.00"), Decimal("3.00"), Decimal("7.00")),
            ("bob", "EUR"): (Decimal("0.00"), Decimal("5.00"), Decimal("0.00"), Decimal("5.00")),
        }
        for creator, net in (("ann", "7.00"), ("bob", "5.00")):
            assert await scene.read_payout(days(1, 4), creator) == Decimal(net)
            assert (await read_amounts(scene, 1, creator))["period"] == {"EUR": net}

    async def test_they_stay_equal_through_refunds_rulings_and_new_labels_of_a_closed_period(
        self, scene: Scene
    ) -> None:
        kept, ruled = await scene.sell("ann", 2, "100.00"), await scene.sell("ann", 3, "40.00")
        await scene.sell("bob", 2, "50.00")
        await scene.close(days(1, 4))

        await scene.refund(kept, 4, "20.00")  # dated in the closed period
        await scene.refund(kept, 6, "10.00")  # dated in the next
        await reject_conversions(scene.pool, scene.account_id, [find_id(ruled)])
        await scene.sell("bob", 3, "10.00")  # came late
        await scene.sell("bob", 5, "60.00")
        await reclassify(scene.pool, scene.account_id, Verdict.BOT, creator_ids=[scene.creator_ids["bob"]])
        await scene.close(days(5, 8))

        exported = await read_payouts(scene.pool, scene.account_id, scene.campaign_id, days(5, 8))
        ann, bob = await read_amounts(scene, 2, "ann"), await read_amounts(scene, 2, "bob")
        assert ann == {"period": {"EUR": "-1.00"}, "adjustments": {"EUR": "-6.00"}, "toDate": {"EUR": "7.00"}}
        assert exported["ann", "EUR"] == tuple(map(Decimal, ("8.00", "0.00", "1.00", "7.00")))
        assert await scene.read_payout(days(5, 8), "ann") == Decimal("-1.00")
        assert await scene.read_payout(days(1, 8), "ann") == Decimal("7.00")
        for name, period in (("toDate", days(1, 8)), ("period", days(5, 8))):
            assert Decimal(bob[name].get("EUR", "0")) == await scene.read_payout(period, "bob")
        first = Decimal((await read_amounts(scene, 1, "bob"))["period"]["EUR"])
        assert first + Decimal(bob["adjustments"]["EUR"]) == await scene.read_payout(days(1, 4), "bob")

    async def test_what_came_after_is_no_part_of_what_was_said(self, scene: Scene) -> None:
        """Else the tests above would hold for statements that are read anew."""
        sale = await scene.sell("ann", 2, "100.00")
        await scene.close(days(1, 4))
        await scene.refund(sale, 4, "20.00")
        await fold_all(scene.pool)

        assert (await read_amounts(scene, 1, "ann"))["period"] == {"EUR": "10.00"}
        assert await scene.read_payout(days(1, 4), "ann") == Decimal("8.00")

    async def test_currencies_and_what_belongs_to_nobody_stand_apart(self, scene: Scene) -> None:
        await scene.sell("ann", 2, "100.00")
        fixed = '[["sale", [700, "JPY"], null, null]]'
        await scene.pool.execute("UPDATE offer SET currency = 'JPY', events = $1", fixed)
        await scene.sell("ann", 2, "10.00")
        nobody = await click(
            scene.pool,
            scene.account_id,
            at_ms=at_ms(2),
            campaign_id=scene.campaign_id,
            creator_id=None,
            offer_id=scene.offer_id,
        )
        await convert(scene.pool, report_click(nobody))

        exported = await read_payouts(scene.pool, scene.account_id, scene.campaign_id, days(1, 4))

        assert {key: str(row[3]) for key, row in exported.items()} == {
            ("ann", "EUR"): "10.00",
            ("ann", "JPY"): "700",
            ("(none)", "JPY"): "700",
        }


class Step(NamedTuple):
    """What happens; `day` is of March, `which` a creator or the how manieth sale."""

    what: str
    day: int
    which: int


_STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["click", "bot", "sell", "sell", "refund", "reject", "approve", "relabel", "close", "close"]),
        st.integers(1, 7),
        st.integers(0, 2),
    ),
    min_size=4,
    max_size=14,
)
_PERIODS = ((1, 2), (3, 3), (4, 6))


async def _play(scene: Scene, zone: str, steps: list[Step]) -> ReportRange:
    """Do all that, close what is left, and answer with the range of all periods."""
    creators: list[int | None] = [*scene.creator_ids.values(), None]
    sales: list[ConversionEvent] = []
    periods = iter(_PERIODS)
    labels = {"campaign_id": scene.campaign_id, "offer_id": scene.offer_id, "zone": zone}
    for place, (what, day, which) in enumerate(steps):
        sale = sales[which % len(sales)] if sales else None
        if what in {"click", "bot", "sell"}:
            agent = BOT if what == "bot" else HUMAN
            moment = {"at_ms": at_ms(day) + place, "user_agent": agent, "visitor": which + 1}
            clicked = await click(scene.pool, scene.account_id, creator_id=creators[which], **moment, **labels)
            if what == "sell":
                sales.append(report_click(clicked, revenue=f"{day}0.00"))
                await convert(scene.pool, sales[-1])
        elif what == "refund" and sale:
            at = {"occurred_at_ms": at_ms(7), "received_at_ms": at_ms(7)}
            await convert(scene.pool, take_out(sale, "refund", f"r{place}", "3.00", **at))
        elif what in {"reject", "approve"} and sale:
            rule = reject_conversions if what == "reject" else approve_conversions
            await rule(scene.pool, scene.account_id, [find_id(sale)])
        elif what == "relabel":
            owner = list(scene.creator_ids.values())[which % 2]
            await reclassify(scene.pool, scene.account_id, Verdict.BOT, creator_ids=[owner])
        elif what == "close" and (period := next(periods, None)):
            await scene.close(days(*period, zone))
    for period in periods:
        await scene.close(days(*period, zone))
    await scene.close(days(7, 7, zone))
    return days(1, 7, zone)


@hypothesis.settings(max_examples=12, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(steps=_STEPS, zone=st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York"]))
async def test_all_that_statements_say_is_what_the_report_says_of_all_their_periods(
    stores: Stores, steps: list[Step], zone: str
) -> None:
    await stores.clean()
    async with open_orm(stores.settings):
        scene = await make_scene(stores.pool, stores.redis, zone)
        everything = await _play(scene, zone, steps)

    chain = await list_chain(scene.pool, scene.campaign_id)
    said: dict[int, list[Figures]] = {}
    for content in (read_content(text) for text, _ in chain):
        for line in content.lines:
            said.setdefault(line.creator_id, []).extend([line.period, line.adjustments])
    assert len(chain) == 4
    assert [find_problems(*each, before) for each, before in zip(chain, [None, *chain], strict=False)] == [[]] * 4
    for creator_id in (0, *scene.creator_ids.values()):
        told = await report(scene.pool, scene.account_id, scene.campaign_id, everything, creator_id)
        assert add_figures(said.get(creator_id, [])) == told
    told = await report(scene.pool, scene.account_id, scene.campaign_id, everything)
    assert add_figures(each for parts in said.values() for each in parts) == told
    exported = await read_payouts(scene.pool, scene.account_id, scene.campaign_id, everything)
    closing = sum((Decimal(str(row[3])) for row in exported.values()), Decimal(0))
    assert closing == Decimal(told.get(("payout", "EUR"), 0)) / 100
    await stores.clean()
