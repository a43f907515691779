"""A click that was answered with the page counts once its confirmation is there, in whatever order they come (TR26)."""

import asyncio
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
import pytest

from tests.clicking import make_event, read_totals, store
from tests.integration.worker.conftest import Scene
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.event import (
    CONFIRMABLE_MS,
    CONFIRMATION_VERSION,
    ClickEvent,
    Confirmation,
    Fact,
    decode_confirmation,
)
from tracking.clicks.ids import read_click_ms
from tracking.clicks.relabel import Cause
from tracking.clicks.store import EARLY_LIMIT_MS, LATE_LIMIT_MS
from tracking.clock import now_ms
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM

UNCONFIRMED = {"suspect_clicks": 1}
CONFIRMED = {"human_clicks": 1, "counted_clicks": 1, "unique_clicks": 1, "unique_by_hash": 1}


class Judged(NamedTuple):
    verdict: Verdict
    is_counted: bool
    has_confirmation: bool
    is_unconfirmed: bool


def make_asked(account_id: int, **changes: Any) -> ClickEvent:
    return make_event(account_id, facts=int(Fact.CONFIRMATION_ASKED), **changes)


def confirm(click: ClickEvent, **changes: Any) -> Confirmation:
    return msgspec.structs.replace(
        Confirmation(click.click_id, click.account_id, click.link_id, read_click_ms(click.click_id) + 3_000), **changes
    )


async def read_judged(pool: asyncpg.Pool) -> list[Judged]:
    rows = await pool.fetch("SELECT verdict, is_counted, evidence, reasons FROM click ORDER BY id")
    return [
        Judged(
            Verdict(row["verdict"]),
            row["is_counted"],
            bool(row["evidence"] & Reason.CONFIRMED),
            bool(row["reasons"] & Reason.NOT_CONFIRMED),
        )
        for row in rows
    ]


async def read_log(pool: asyncpg.Pool) -> list[tuple[UUID, int, int, int]]:
    rows = await pool.fetch("SELECT click_id, cause, verdict_before, verdict_after FROM reclassification_log")
    return [tuple(row) for row in rows]


async def read_counts(pool: asyncpg.Pool, account_id: int) -> dict[str, int]:
    return {name: count for name, count in (await read_totals(pool, account_id)).items() if count}


@pytest.mark.feature("TR26", "R6")
class TestOrder:
    async def test_an_unconfirmed_click_is_kept_and_does_not_count(self, scene: Scene) -> None:
        await scene.publish(make_asked(scene.account_id))
        assert await scene.make_ingester().drain() == 1
        assert await read_judged(scene.pool) == [Judged(Verdict.SUSPECT, False, False, True)]
        assert await read_counts(scene.pool, scene.account_id) == UNCONFIRMED

    async def test_a_confirmation_makes_its_click_a_counted_unique_one_and_leaves_a_line(self, scene: Scene) -> None:
        click = make_asked(scene.account_id)
        await scene.publish(click)
        await scene.make_ingester().drain()
        await scene.publish(confirm(click))
        await scene.make_ingester().drain()
        assert await read_judged(scene.pool) == [Judged(Verdict.HUMAN, True, True, False)]
        assert await read_counts(scene.pool, scene.account_id) == CONFIRMED
        line = (UUID(bytes=click.click_id), Cause.CONFIRMATION, Verdict.SUSPECT, Verdict.HUMAN)
        assert await read_log(scene.pool) == [line]
        assert await scene.read_waiting() == (0, 0)

    @pytest.mark.parametrize("is_click_first", [True, False])
    @pytest.mark.parametrize("are_together", [True, False])
    async def test_either_order_ends_alike(self, scene: Scene, is_click_first: bool, are_together: bool) -> None:
        click = make_asked(scene.account_id)
        both: list[ClickEvent | Confirmation] = [click, confirm(click)] if is_click_first else [confirm(click), click]
        for part in [both] if are_together else [[each] for each in both]:
            await scene.publish(*part)
            await scene.make_ingester().drain()
        assert await read_judged(scene.pool) == [Judged(Verdict.HUMAN, True, True, False)]
        assert await read_counts(scene.pool, scene.account_id) == CONFIRMED
        assert await scene.read_waiting() == (0, 0)

    @pytest.mark.feature("R3")
    async def test_what_is_delivered_again_adds_nothing(self, scene: Scene) -> None:
        click = make_asked(scene.account_id)
        for _ in range(3):
            await scene.publish(click, confirm(click), confirm(click, confirmed_at_ms=now_ms()), click)
            await scene.make_ingester().drain()
        assert await read_counts(scene.pool, scene.account_id) == CONFIRMED
        assert len(await read_log(scene.pool)) == 1
        assert await scene.pool.fetchval("SELECT count(*) FROM click_confirmation") == 1

    async def test_two_workers_at_once_never_miss_each_other(self, scene: Scene) -> None:
        """One has the clicks, the other their confirmations; whoever comes second finds both."""
        for _ in range(20):
            clicks = [make_asked(scene.account_id, visitor=number) for number in range(1, 4)]
            await scene.publish(*clicks)
            await scene.hand_out("w1")
            await scene.publish(*map(confirm, clicks))
            await scene.hand_out("w2")
            await asyncio.gather(*(scene.make_ingester(worker_name=name).drain() for name in ("w1", "w2")))
        assert set(await read_judged(scene.pool)) == {Judged(Verdict.HUMAN, True, True, False)}
        assert len(await read_judged(scene.pool)) == 60


@pytest.mark.feature("TR26", "R3")
class TestCrashes:
    async def test_a_worker_that_died_after_the_click_was_stored_is_made_good(self, scene: Scene) -> None:
        click = make_asked(scene.account_id)
        await scene.publish(confirm(click))
        await scene.make_ingester().drain()
        await scene.publish(click)
        await scene.hand_out("w1")
        await store(scene.pool, click)
        assert await read_judged(scene.pool) == [Judged(Verdict.SUSPECT, False, False, True)]
        assert await scene.make_ingester(worker_name="w1").drain() == 0
        assert await read_judged(scene.pool) == [Judged(Verdict.HUMAN, True, True, False)]

    async def test_a_worker_that_died_after_the_confirmation_was_stored_is_made_good(self, scene: Scene) -> None:
        click = make_asked(scene.account_id)
        await store(scene.pool, click)
        await scene.publish(confirm(click))
        await scene.hand_out("w1")
        await scene.pool.execute(
            "INSERT INTO click_confirmation (click_id, link_id, account_id, confirmed_at) VALUES ($1, 7, $2, now())",
            UUID(bytes=click.click_id),
            scene.account_id,
        )
        await scene.make_ingester(worker_name="w1").drain()
        assert await read_judged(scene.pool) == [Judged(Verdict.HUMAN, True, True, False)]


@pytest.mark.feature("TR26")
class TestWhatConfirmsNothing:
    async def test_a_click_that_was_never_asked_stays_as_it_is(self, scene: Scene) -> None:
        click = make_event(scene.account_id)
        await scene.publish(click, confirm(click))
        await scene.make_ingester().drain()
        assert await read_judged(scene.pool) == [Judged(Verdict.HUMAN, True, False, False)]
        assert await read_log(scene.pool) == []

    @pytest.mark.feature("R11")
    async def test_another_links_page_confirms_no_click_and_does_not_stand_in_the_way(self, scene: Scene) -> None:
        click = make_asked(scene.account_id)
        foreign = confirm(click, link_id=8, account_id=scene.account_id + 1)
        await scene.publish(foreign, click)
        await scene.make_ingester().drain()
        assert await read_judged(scene.pool) == [Judged(Verdict.SUSPECT, False, False, True)]
        await scene.publish(confirm(click))
        await scene.make_ingester().drain()
        assert await read_judged(scene.pool) == [Judged(Verdict.HUMAN, True, True, False)]

    async def test_a_confirmation_without_its_click_waits(self, scene: Scene) -> None:
        await scene.publish(confirm(make_asked(scene.account_id)))
        await scene.make_ingester().drain()
        assert await scene.pool.fetchval("SELECT count(*) FROM click_confirmation") == 1
        assert await scene.read_waiting() == (0, 0)


@pytest.mark.feature("TR26", "R3")
class TestDeadLetter:
    @pytest.mark.parametrize(
        ("click_age_ms", "waited_ms", "reason"),
        [
            (LATE_LIMIT_MS + 60_000, 0, b"too_late"),
            (CONFIRMABLE_MS + 60_000, CONFIRMABLE_MS + 30_000, b"too_late"),
            (0, EARLY_LIMIT_MS + 60_000, b"from_the_future"),
            (0, -EARLY_LIMIT_MS - 60_000, b"from_the_future"),
        ],
    )
    async def test_one_beyond_the_horizon_is_buried(
        self, scene: Scene, click_age_ms: int, waited_ms: int, reason: bytes
    ) -> None:
        at_ms = now_ms() - click_age_ms
        buried = confirm(make_asked(scene.account_id, at_ms=at_ms), confirmed_at_ms=at_ms + waited_ms)
        kept = confirm(make_asked(scene.account_id))
        await scene.publish(buried, kept)
        await scene.make_ingester().drain()
        [(_, letter)] = await scene.client.xrange(DEAD_CLICK_STREAM)
        assert (letter[b"why"], letter[b"version"]) == (reason, CONFIRMATION_VERSION)
        assert decode_confirmation(letter[b"event"]) == buried
        assert await scene.pool.fetch("SELECT click_id FROM click_confirmation") == [(UUID(bytes=kept.click_id),)]

    async def test_what_is_no_confirmation_is_buried_and_stops_nothing(self, scene: Scene) -> None:
        click = make_asked(scene.account_id)
        await scene.client.xadd(CLICK_STREAM, {CONFIRMATION_VERSION: b"\x94from 203.0.113.77"})
        await scene.publish(confirm(click, click_id=b"short"), confirm(click, link_id=2**63), click, confirm(click))
        await scene.make_ingester().drain()
        letters = [letter for _, letter in await scene.client.xrange(DEAD_CLICK_STREAM)]
        assert [letter[b"why"] for letter in letters] == [b"undecodable"] * 3
        assert letters[0][b"event"] == b"\x94from 203.0.113.00"
        assert await read_judged(scene.pool) == [Judged(Verdict.HUMAN, True, True, False)]
