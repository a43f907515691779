"""The tables against the oracle, whatever happened."""

from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tests.crediting.clock import NOON
from tests.crediting.drawn import HALF_A_DAY
from tests.crediting.known import KnownAccount
from tests.crediting.oracle import Oracle
from tests.crediting.orders import count, decide_order
from tests.crediting.site import ZONE
from tests.crediting.standings import Standing
from tests.crediting.tables import (
    describe_row,
    describe_standing,
    find_unvouched,
    read_at_odds,
    read_figures,
    read_rows,
)
from tracking.clicks.event import ClickEvent
from tracking.clock import write_ms
from tracking.conversions.kinds import Status
from tracking.conversions.rechecking import follow_clicks, recheck_due
from tracking.events.relay import relay_once
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all


class Compared:
    """What is known of an account, and whether the tables say the same."""

    def __init__(self, pool: asyncpg.Pool, random: Random, known: KnownAccount, foreign_id: int) -> None:
        self.pool, self.random, self.known, self.foreign_id = pool, random, known, foreign_id
        self.now = NOON
        self.events: dict[UUID, ClickEvent] = {}
        self.labels = self.compared = 0

    def at_ms(self, age: int) -> int:
        return write_ms(self.now - age * HALF_A_DAY)

    async def compare_counts(self) -> None:
        for prepare in (None, fold_all):
            if prepare:
                await prepare(self.pool)
            differences = (await audit(self.pool, self.known.account_id)).differences
            is_any_gone = any(each.is_gone for each in self.known.clicks.values())
            assert [each for each in differences if not (is_any_gone and "click" in each.check)] == []

    async def settle_down(self) -> None:
        """Until nothing is left to learn from the log, and whatever waits was looked at, as if its time had come."""
        await self.pool.execute(
            "UPDATE conversion SET recheck_at = CASE WHEN account_id = $1 THEN $2::timestamptz END"
            " WHERE recheck_at IS NOT NULL",
            self.known.account_id,
            self.now,
        )
        await recheck_due(self.pool)
        is_news = True
        while is_news:
            async with self.pool.acquire() as connection:
                is_news = bool(await relay_once(connection)) | bool(await follow_clicks(self.pool))
        rows = await self.pool.fetch(
            "SELECT id, is_counted FROM click WHERE account_id = ANY ($1)", [self.known.account_id, self.foreign_id]
        )
        for row in rows:
            self.known.clicks[row["id"]].is_counted = row["is_counted"]

    async def compare(self) -> None:
        self.compared += 1
        await self.settle_down()
        await self.learn_from_rows()
        decided = self.decide()
        rows = await read_rows(self.pool, self.known.account_id)
        assert set(rows) == set(decided)
        for conversion_id, standing in decided.items():
            stands, expected = describe_row(rows[conversion_id], standing), describe_standing(standing)
            different = [
                f"{name}: {stands.get(name)}, not {value}"
                for name, value in expected.items()
                if stands.get(name) != value
            ]
            assert stands == expected, self.explain(conversion_id, different)
        await self.compare_at_odds(decided)
        await self.compare_figures(decided)
        unvouched = await find_unvouched(self.pool, self.known.account_id)
        assert unvouched == [], f"nobody vouched for {unvouched}"

    def decide(self) -> dict[UUID, Standing]:
        oracle = Oracle(self.known, self.now)
        decided: dict[UUID, Standing] = {}
        for order in self.known.orders.values():
            decided |= decide_order(oracle, order)
        return decided

    async def learn_from_rows(self) -> None:
        """In which order they were recorded, and which found no place under a cap: what no rule says."""
        rows = await read_rows(self.pool, self.known.account_id)
        for conversion in self.known.list_conversions():
            conversion.number = rows[conversion.conversion_id]["number"]
            conversion.is_over_cap = bool(rows[conversion.conversion_id]["is_over_cap"])

    async def compare_figures(self, decided: dict[UUID, Standing]) -> None:
        zone = ZoneInfo(ZONE)
        figures = await read_figures(self.pool, self.known.account_id, zone)
        expected = count(Oracle(self.known, self.now), decided, zone)
        different = {name: (figures[name], expected[name]) for name in figures | expected}
        different = {name: (is_now, should) for name, (is_now, should) in different.items() if is_now != should}
        assert different == {}, f"figures, and what they should be: {different}"

    async def compare_at_odds(self, decided: dict[UUID, Standing]) -> None:
        at_odds = await read_at_odds(self.pool, self.known.account_id)
        for conversion_id, standing in decided.items():
            rows = at_odds.get(conversion_id, [])
            assert all(row["status"] in (Status.CONFLICT, Status.REJECTED) for row in rows)
            amounts = [f"{row['value_minor']} {row['value_currency']}" for row in rows]
            assert len(rows) == len(standing.others), self.explain(
                conversion_id, [f"{amounts} at odds, not {standing.others}"]
            )

    def explain(self, conversion_id: UUID, different: list[str]) -> str:
        """For whoever reads of a difference."""
        order = next(each for each in self.known.orders.values() if conversion_id in each)
        lines = [f"{conversion_id} is otherwise", *different]
        lines.append(f"links {list(self.known.terms.links)}, offers {list(self.known.terms.offers)}, now {self.now}")
        for each in order.values():
            lines.append(f"{each.conversion_id} {each.event.event} {each.event.part} {each.ruling}")
            lines += [f"    {report.ruled} {report.received_at} {report.event}" for report in each.reports]
        lines += [str(each) for each in self.known.clicks.values()]
        return "\n".join(lines)
