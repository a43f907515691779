"""The tables against the oracle, whatever happened."""

import asyncio
import datetime as dt
from collections.abc import Awaitable
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from hypothesis.stateful import RuleBasedStateMachine

from tests.crediting.known import KnownAccount
from tests.crediting.oracle import Oracle, Standing
from tests.crediting.orders import count, decide_order
from tests.crediting.site import ZONE
from tests.crediting.tables import (
    describe_row,
    describe_standing,
    find_unvouched,
    read_at_odds,
    read_figures,
    read_rows,
)
from tests.settling import look_again
from tracking.conversions.kinds import Status
from tracking.conversions.rechecking import follow_clicks
from tracking.events.relay import relay_once
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all


class Compared(RuleBasedStateMachine):
    """What is known of an account, and whether the tables say the same."""

    loop: ClassVar[asyncio.Runner]
    pool: ClassVar[asyncpg.Pool]
    steps: ClassVar[int] = 0
    known: KnownAccount
    foreign_id: int
    now: dt.datetime

    def run(self, step: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await step

        return self.loop.run(wait())

    def check(self) -> None:
        self.run(self.compare())

    def teardown(self) -> None:
        if hasattr(self, "known"):
            self.run(self.compare_counts())

    async def compare_counts(self) -> None:
        for prepare in (None, fold_all):
            if prepare:
                await prepare(self.pool)
            differences = (await audit(self.pool, self.known.account_id)).differences
            is_any_gone = any(each.is_gone for each in self.known.clicks.values())
            assert [each for each in differences if not (is_any_gone and "click" in each.check)] == []

    async def settle_down(self) -> None:
        """Until nothing is left to learn from the log, and whatever waits was looked at."""
        await look_again(self.pool)
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
        await self.settle_down()
        await self.learn_from_rows()
        decided = self.decide()
        rows = await read_rows(self.pool, self.known.account_id)
        assert set(rows) == set(decided)
        for conversion_id, standing in decided.items():
            assert describe_row(rows[conversion_id], standing) == describe_standing(standing), self.explain(
                conversion_id
            )
        await self.compare_at_odds(decided)
        zone = ZoneInfo(ZONE)
        expected = count(Oracle(self.known, self.now), decided, zone)
        assert await read_figures(self.pool, self.known.account_id, zone) == expected
        assert await find_unvouched(self.pool, self.known.account_id) == []

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

    async def compare_at_odds(self, decided: dict[UUID, Standing]) -> None:
        at_odds = await read_at_odds(self.pool, self.known.account_id)
        for conversion_id, standing in decided.items():
            rows = at_odds.get(conversion_id, [])
            assert all(row["status"] in (Status.CONFLICT, Status.REJECTED) for row in rows)
            assert len(rows) == len(standing.others), self.explain(conversion_id)

    def explain(self, conversion_id: UUID) -> str:
        """For whoever reads of a difference."""
        order = next(each for each in self.known.orders.values() if conversion_id in each)
        lines = [f"links {list(self.known.terms.links)}, offers {list(self.known.terms.offers)}", f"now {self.now}"]
        for each in order.values():
            lines.append(f"{each.conversion_id} {each.event.event} {each.event.part} {each.ruling}")
            lines += [f"    {report.ruled} {report.received_at} {report.event}" for report in each.reports]
        lines += [str(each) for each in self.known.clicks.values()]
        return "\n".join(lines)
