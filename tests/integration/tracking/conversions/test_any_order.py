"""Whatever comes first and however often: the same clicks, reports and judgements make the same tables (R6, R7)."""

import random
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tests.converting import make_report
from tests.settling import convert, look_again, read_everything, report_click, take_out
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.rechecking import follow_clicks
from tracking.events.relay import relay_once

ORDERS = 25
EMPTIED = (
    "conversion_entry, conversion_candidate, conversion_report, conversion_cap, conversion, conversion_order,"
    " outcome_delta, click, unique_click, rollup_delta, event_outbox, event_log, reclassification_log"
)

Step = Callable[[asyncpg.Pool], Awaitable[object]]


def store_click(event: ClickEvent) -> Step:
    return lambda pool: store(pool, event)


def report(event: ConversionEvent) -> Step:
    return lambda pool: convert(pool, event)


def judge(event: ClickEvent) -> Step:
    """A behaviour pass calls it a bot's. Nothing can be said of a click that is not stored yet."""

    async def tell(pool: asyncpg.Pool) -> None:
        await store(pool, event)
        learned = {UUID(bytes=event.click_id): Learned(evidence=int(Reason.HONEYPOT))}
        await relabel_clicks(pool, event.account_id, learned, Cause.BEHAVIOUR)

    return tell


def make_steps(account_id: int) -> list[Step]:
    """Three clicks, one of them a bot's; an order that a pixel and a server tell of otherwise, two refunds and an order
    of its own, each of them twice.
    """
    now = now_ms() - 600_000
    clicks = [make_event(account_id, at_ms=now + number * 1_000, visitor=number) for number in range(3)]
    named = [event.click_id for event in clicks]
    moment = {"received_at_ms": now + 60_000}
    pixel = report_click(clicks[1], click_ids=[named[1], named[0]], source=Source.PIXEL, revenue="19.99", **moment)
    server = make_report(
        account_id, txn_id=pixel.txn_id, proof=Proof.SIGNATURE, source=Source.SIGNED_POSTBACK, revenue="20", **moment
    )
    later = report_click(clicks[2], txn_id=pixel.txn_id, received_at_ms=now + 90_000, revenue="20.00")
    refunds = [take_out(pixel, "refund", part, "8.00", **moment) for part in ("a", "b")]
    other = report_click(clicks[2], received_at_ms=now + 61_000)
    void = take_out(other, "void", "", "", **moment)
    steps = [*map(store_click, clicks), judge(clicks[0]), *map(report, (pixel, server, later, *refunds, other, void))]
    return steps * 2


async def play(pool: asyncpg.Pool, steps: Sequence[Step]) -> list[tuple[object, ...]]:
    await pool.execute(f"TRUNCATE {EMPTIED}")
    for step in steps:
        await step(pool)
    await look_again(pool)
    async with pool.acquire() as connection:
        while await relay_once(connection):
            pass
    while await follow_clicks(pool):
        pass
    return await read_everything(pool)


@pytest.mark.feature("R6", "R7", "TR13", "TR16")
async def test_any_order_makes_the_same_tables(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    steps = make_steps(account_id)
    expected = await play(pool, steps)
    assert len(expected) > 6

    for seed in range(ORDERS):
        shuffled = random.Random(seed).sample(steps, len(steps))  # noqa: S311 -- an order to try, no secret
        assert await play(pool, shuffled) == expected, f"seed {seed}"


@pytest.mark.feature("R6")
async def test_another_amount_makes_other_tables(pool: asyncpg.Pool) -> None:
    """What the comparison sees."""
    account_id = await make_account(pool)
    steps = make_steps(account_id)
    expected = await play(pool, steps)
    assert await play(pool, [*steps, report(make_report(account_id))]) != expected
