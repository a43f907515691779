"""All that touches stored clicks runs at the same time over a few keys, and the tables are what the clicks say."""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from tests.accounting.tables import find_wrong_log_rows
from tests.clicking import BOT, DAY_MS, HOUR_MS, HUMAN, make_account, make_event, store
from tests.corrections import LONG_AGO
from tracking.bots.corrections.running import run_corrections
from tracking.bots.corrections.service import (
    WantedReclassification,
    WantedRescore,
    request_reclassification,
    request_rescore,
    undo_reclassification,
)
from tracking.bots.policies.queries import read_policies
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.confirmations import confirm_stored, store_confirmations
from tracking.clicks.event import ClickEvent, Confirmation, Fact, VisitorMethod
from tracking.clicks.filters import ClickFilter
from tracking.clicks.ids import read_click_ms
from tracking.clicks.rejudging import FACT_COLUMNS, judge_stored
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.retention import expire_clicks
from tracking.clock import now_ms, utc_now
from tracking.database import open_pool
from tracking.reports.audit import audit
from tracking.reports.fold import fold_once
from tracking.settings import Settings

pytestmark = [pytest.mark.feature("R4", "R5", "R6", "TR23"), pytest.mark.usefixtures("orm")]

ZONE = "Australia/Lord_Howe"  # half an hour's change of clocks, and half hours at that
ROUNDS = 12
SEEDS = 3
OLD = 60  # clicks that were there before, about where those that are kept begin


@pytest.fixture
async def wide_pool(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    """With a connection for everybody."""
    pool = await open_pool(settings, max_size=16)
    yield pool
    await pool.close()


class Bustle:
    """Those who store, judge anew, confirm, correct, fold and delete, each in a loop; the seed says what exactly."""

    def __init__(self, pool: asyncpg.Pool, account_id: int, seed: int) -> None:
        self.pool = pool
        self.account_id = account_id
        self.chance = random.Random(seed)  # noqa: S311 -- chance, not a secret
        self.events: list[ClickEvent] = []
        self.deadlocks = 0

    def make_click(self, age_ms: int) -> ClickEvent:
        """Links 1 and 2 are public, 3 and 4 slots of a message, 5 is a contact's without a message."""
        link, visitor = self.chance.randint(1, 5), self.chance.randint(1, 2)
        labels: dict[str, object] = {"creator_id": link % 2, "visitor_method": VisitorMethod.HASH}
        if link > 2:
            labels |= {"contact_id": visitor, "visitor_method": VisitorMethod.CONTACT}
        if link in {3, 4}:
            labels |= {"message_id": 9, "slot": link - 2}
        event = make_event(
            self.account_id,
            at_ms=now_ms() - age_ms,
            zone=ZONE,
            link_id=link,
            visitor=visitor,
            user_agent=self.chance.choice([HUMAN, HUMAN, HUMAN, BOT]),
            facts=self.chance.choice([0, 0, 0, Fact.CONFIRMATION_ASKED, Fact.PREFETCH, Fact.TEST]),
            **labels,
        )
        self.events.append(event)
        return event

    async def ingest(self) -> None:
        fresh = [self.make_click(self.chance.randrange(-4 * 60_000, 30 * HOUR_MS)) for _ in range(12)]
        await store(self.pool, *fresh, *self.chance.sample(self.events[OLD:], 6), backfill=True)
        await confirm_stored(self.pool, fresh)

    async def learn(self) -> None:
        bit = self.chance.choice([Reason.HONEYPOT, Reason.MANY_CLICKS, Reason.BURST_ON_MESSAGE, Reason.CONVERSION])
        news = self.chance.choice([Learned(evidence=int(bit)), Learned(evidence_gone=int(bit))])
        some = self.chance.sample(self.events, 15)
        learned = {UUID(bytes=event.click_id): news for event in some}
        await relabel_clicks(self.pool, self.account_id, learned, Cause.BEHAVIOUR)

    async def confirm(self) -> None:
        await store_confirmations(
            self.pool,
            [
                Confirmation(event.click_id, event.account_id, event.link_id, read_click_ms(event.click_id) + 1_000)
                for event in self.chance.sample(self.events, 10)
            ],
        )

    async def correct(self) -> None:
        wanted = self.chance.choice(
            [
                ClickFilter(link_ids=[self.chance.randint(1, 5)]),
                ClickFilter(message_ids=[9]),
                ClickFilter(creator_ids=[1]),
            ]
        )
        asked = WantedReclassification(wanted, self.chance.choice(list(Verdict)))
        row = await request_reclassification(self.pool, self.account_id, asked)
        if self.chance.random() < 0.5:
            now = utc_now()
            rescore = WantedRescore(LONG_AGO, now, ruleset=self.chance.choice([1, 2]))
            await request_rescore(self.pool, self.account_id, rescore)
        if self.chance.random() < 0.5:
            await undo_reclassification(self.account_id, row.id)

    async def run_corrections(self) -> None:
        await run_corrections(self.pool, self.account_id)

    async def expire(self) -> None:
        await expire_clicks(self.pool, utc_now() + dt.timedelta(hours=self.chance.randint(0, 30)))

    async def fold(self) -> None:
        await fold_once(self.pool)

    async def repeat(self, act: Callable[[], Awaitable[None]]) -> None:
        for _ in range(ROUNDS):
            await self.survive(act)
            await asyncio.sleep(self.chance.random() / 50)

    async def survive(self, act: Callable[[], Awaitable[None]]) -> None:
        """As whoever runs it in earnest: it is tried again."""
        while True:
            try:
                return await act()
            except asyncpg.DeadlockDetectedError:
                self.deadlocks += 1


async def find_wrongly_judged(pool: asyncpg.Pool, account_id: int) -> list[UUID]:
    """Clicks that are not what their own facts say, or that carry another verdict than the newest that stands."""
    columns = ", ".join(dict.fromkeys((*FACT_COLUMNS, "id", "verdict", "reasons", "is_counted")))
    rows = await pool.fetch(
        f"SELECT {columns}, (SELECT user_agent FROM user_agent WHERE user_agent.id = user_agent_id), ("
        " SELECT label.verdict FROM click_label AS label WHERE label.click_id = click.id AND NOT EXISTS ("
        " SELECT FROM correction AS undo WHERE undo.undoes_id = label.correction_id)"
        " ORDER BY correction_id DESC LIMIT 1) AS label FROM click WHERE account_id = $1",
        account_id,
    )
    policies = await read_policies(pool, [account_id], [])
    wrong: list[UUID] = []
    for row in rows:
        judged = judge_stored({**row, "manual_verdict": row["label"]}, policies)
        said = judged.verdict, judged.reasons, judged.is_counted, row["label"]
        if said != (row["verdict"], row["reasons"], row["is_counted"], row["manual_verdict"]):
            wrong.append(row["id"])
    return wrong


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_the_tables_are_what_the_clicks_say(wide_pool: asyncpg.Pool, seed: int) -> None:
    account_id = await make_account(wide_pool, timezone=ZONE)
    await wide_pool.execute("UPDATE account SET retention_days = 36 WHERE id = $1", account_id)
    bustle = Bustle(wide_pool, account_id, seed)
    old = [bustle.make_click(round((33 + 4 * place / OLD) * DAY_MS)) for place in range(OLD)]
    await store(wide_pool, *old, backfill=True)

    acts = [bustle.ingest, bustle.ingest, bustle.ingest, bustle.learn, bustle.learn, bustle.confirm, bustle.correct]
    acts += [bustle.run_corrections, bustle.run_corrections, bustle.expire, bustle.fold]
    await asyncio.gather(*(bustle.repeat(act) for act in acts))
    await bustle.survive(bustle.run_corrections)

    assert (await audit(wide_pool)).differences == []
    assert await find_wrong_log_rows(wide_pool, account_id) == []
    assert await find_wrongly_judged(wide_pool, account_id) == []
    assert bustle.deadlocks == 0
    kept = await wide_pool.fetchval("SELECT kept_from FROM click_retention WHERE account_id = $1", account_id)
    assert await wide_pool.fetchval("SELECT count(*) FROM click WHERE occurred_at < $1", kept) == 0
