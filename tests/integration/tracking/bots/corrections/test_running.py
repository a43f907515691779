"""Corrections are killed, run twice at once and run over many clicks, and come to the same end."""

import asyncio
import datetime as dt
import random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import HOUR_MS, make_account, make_event, read_totals, store
from tests.corrections import LONG_AGO, read_changes, read_everything, reclassify, rescore, run, undo
from tracking.bots.corrections import applying, comparing, electing, finding
from tracking.bots.corrections.finding import find_meant_clicks
from tracking.bots.corrections.models import Correction, CorrectionStatus
from tracking.bots.corrections.progress import OpenCorrection, read_open
from tracking.bots.corrections.running import fail_next_correction, run_corrections
from tracking.bots.corrections.service import (
    WantedReclassification,
    WantedRescore,
    request_reclassification,
    request_rescore,
    undo_reclassification,
)
from tracking.bots.policies.service import update_bot_policy
from tracking.bots.verdicts import Verdict
from tracking.clicks.event import Fact
from tracking.clicks.filters import ClickFilter
from tracking.clicks.relabel import relabel_clicks
from tracking.clicks.retention import expire_clicks
from tracking.clock import now_ms, utc_now
from tracking.reports.audit import audit

pytestmark = [pytest.mark.feature("R4", "R6", "TR25"), pytest.mark.usefixtures("orm")]

MANY = 20_000
STEPS = (comparing, electing, applying)


class KilledError(Exception):
    pass


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "COMPARED_AT_ONCE", 3)
    monkeypatch.setattr(electing, "KEYS_AT_ONCE", 2)
    monkeypatch.setattr(applying, "APPLIED_AT_ONCE", 3)
    monkeypatch.setattr(finding, "LOOKED_AT_ONCE", 4)


async def store_clicks(pool: asyncpg.Pool, account_id: int, count: int, *, first_link: int = 1) -> None:
    """By a third as many visitors, of five links."""
    start = now_ms() - HOUR_MS
    events = [
        make_event(account_id, at_ms=start + place, visitor=1 + place % (count // 3), link_id=first_link + place % 5)
        for place in range(count)
    ]
    for first in range(0, count, 5_000):
        await store(pool, *events[first : first + 5_000])


async def ask(pool: asyncpg.Pool, account_id: int, verdict: Verdict = Verdict.BOT) -> Correction:
    given = WantedReclassification(ClickFilter(link_ids=[1, 2, 3]), verdict)
    return await request_reclassification(pool, account_id, given)


async def read(pool: asyncpg.Pool, correction_id: int) -> OpenCorrection:
    correction = await read_open(pool, correction_id)
    assert correction is not None
    return correction


@pytest.mark.usefixtures("in_small_steps")
@pytest.mark.parametrize("seed", range(4))
async def test_killed_again_and_again_it_goes_on_where_it_stood(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    account_id, other_id = await make_account(pool), await make_account(pool, slug="other")
    await store_clicks(pool, account_id, 30)
    await store_clicks(pool, other_id, 30, first_link=11)
    expected = await reclassify(pool, other_id, Verdict.BOT, link_ids=[11, 12, 13])
    chance, kills = random.Random(seed), 0  # noqa: S311 -- chance, not a secret

    def maybe_kill(_point: str) -> None:
        if chance.random() < 0.3:
            raise KilledError

    row = await ask(pool, account_id)
    for module in STEPS:
        monkeypatch.setattr(module, "maybe_crash", maybe_kill)
    while (await Correction.get(id=row.id)).status is not CorrectionStatus.APPLIED:
        try:
            await run_corrections(pool, account_id)
        except KilledError:
            kills += 1

    done = await Correction.get(id=row.id)
    assert kills > 0
    assert await read_changes(done) == await read_changes(expected)
    assert await read_totals(pool, account_id) == await read_totals(pool, other_id)
    assert (done.examined_clicks, done.changing_clicks, done.applied_clicks) == (18, 18, 18)
    assert await pool.fetchval("SELECT count(*) FROM reclassification_log WHERE account_id = $1", account_id) == 18
    assert await pool.fetchval("SELECT count(*) FROM correction_click") == 0
    assert (await audit(pool)).differences == []


@pytest.mark.usefixtures("in_small_steps")
async def test_two_runs_at_once_do_everything_once(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_clicks(pool, account_id, 30)
    row = await ask(pool, account_id)

    await asyncio.gather(*(run_corrections(pool, account_id) for _ in range(2)))

    done = await Correction.get(id=row.id)
    assert (done.status, done.examined_clicks, done.applied_clicks) == (CorrectionStatus.APPLIED, 18, 18)
    totals = await read_totals(pool, account_id)
    assert (totals["human_clicks"], totals["bot_clicks"]) == (12, 18)
    assert await pool.fetchval("SELECT count(*) FROM reclassification_log") == 18
    assert (await audit(pool)).differences == []


@pytest.mark.usefixtures("in_small_steps")
async def test_of_two_over_the_same_clicks_the_one_that_was_asked_for_last_stands(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_clicks(pool, account_id, 30)
    first, second = await ask(pool, account_id), await ask(pool, account_id, Verdict.SUSPECT)

    await asyncio.gather(*(run_corrections(pool, account_id) for _ in range(3)))

    totals = await read_totals(pool, account_id)
    assert (totals["suspect_clicks"], totals["bot_clicks"], totals["counted_clicks"]) == (18, 0, 30)
    assert {(await Correction.get(id=each.id)).status for each in (first, second)} == {CorrectionStatus.APPLIED}
    assert (await audit(pool)).differences == []


async def test_a_worker_that_slept_through_the_end_of_one_does_not_bring_it_back(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had lost its turn with its connection, and holds a batch of what two others have since gone over."""
    account_id = await make_account(pool)
    await store_clicks(pool, account_id, 30)
    earlier = await request_rescore(pool, account_id, WantedRescore(LONG_AGO, utc_now(), ruleset=1))
    sleeps, wakes = asyncio.Event(), asyncio.Event()

    async def sleep_first(*arguments: Any) -> list[UUID]:
        if not sleeps.is_set():
            sleeps.set()
            await wakes.wait()
        return await relabel_clicks(*arguments)

    monkeypatch.setattr(applying, "relabel_clicks", sleep_first)
    sleeper = asyncio.create_task(run_corrections(pool, account_id))
    await sleeps.wait()
    await run_corrections(pool, account_id)
    await rescore(pool, account_id, ruleset=2)
    wakes.set()
    await sleeper

    assert (await Correction.get(id=earlier.id)).status is CorrectionStatus.APPLIED
    assert await pool.fetch("SELECT DISTINCT ruleset FROM click") == [(2,)]


@pytest.mark.feature("TR23")
@pytest.mark.usefixtures("in_small_steps")
async def test_clicks_that_go_for_their_age_meanwhile_are_left_out(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_clicks(pool, account_id, 30)
    await run(pool, await ask(pool, account_id))
    back = await ask(pool, account_id, Verdict.HUMAN)
    await find_meant_clicks(pool, await read(pool, back.id))
    while await comparing.compare_batch(pool, back.id):
        pass

    await expire_clicks(pool, utc_now() + dt.timedelta(days=500))
    done = await run(pool, back)

    assert (done.status, done.changing_clicks) == (CorrectionStatus.APPLIED, 18)
    assert await pool.fetchval("SELECT count(*) FROM click") == 0
    assert (await audit(pool)).differences == []


async def test_one_that_is_undone_before_it_ran_changes_nothing(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_clicks(pool, account_id, 30)
    everything = await read_everything(pool)
    row = await ask(pool, account_id)
    await undo_reclassification(account_id, row.id)

    done = await run(pool, row)

    assert (done.status, done.applied_clicks) == (CorrectionStatus.APPLIED, 0)
    assert await read_everything(pool) == everything
    assert await Correction.filter(finished_at=None).count() == 0


@pytest.mark.usefixtures("in_small_steps")
async def test_an_undo_that_failed_is_asked_for_again(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_clicks(pool, account_id, 30)
    everything = await read_everything(pool)
    marked = await reclassify(pool, account_id, Verdict.BOT, link_ids=[1, 2])
    asked = await undo_reclassification(account_id, marked.id)
    await fail_next_correction(pool, account_id, "an error of the service stopped it")
    failed = await Correction.get(id=asked.id)
    assert await read_everything(pool) != everything

    again = await undo(pool, marked)

    assert (failed.status, failed.failure) == (CorrectionStatus.FAILED, "an error of the service stopped it")
    assert (again.id, again.status, again.failure) == (asked.id, CorrectionStatus.APPLIED, None)
    assert await read_everything(pool) == everything


@pytest.mark.feature("TR26")
async def test_a_policy_reaches_the_past_when_clicks_are_scored_anew(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store(pool, make_event(account_id, facts=Fact.USER_AGENT_MISSING, at_ms=now_ms() - HOUR_MS))
    before = await read_totals(pool, account_id)
    await update_bot_policy(account_id, {"counts_public_suspects": False})
    unmoved = await read_totals(pool, account_id)

    done = await rescore(pool, account_id)  # at once: what was set before is what is meant
    after = await read_totals(pool, account_id)

    assert before == unmoved
    assert (before["suspect_clicks"], before["counted_clicks"], before["unique_clicks"]) == (1, 1, 1)
    assert (after["suspect_clicks"], after["counted_clicks"], after["unique_clicks"]) == (1, 0, 0)
    assert done.changing_clicks == 1
    assert (await audit(pool)).differences == []


async def test_twenty_thousand_clicks_are_gone_over_in_steps_that_show(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_clicks(pool, account_id, MANY)
    everything = await read_everything(pool)
    given = WantedReclassification(ClickFilter(is_counted=True), Verdict.BOT)
    row = await request_reclassification(pool, account_id, given)
    seen: set[tuple[int, int]] = set()
    running = asyncio.create_task(run_corrections(pool, account_id))
    while not running.done():
        found = await Correction.get(id=row.id)
        seen.add((found.examined_clicks, found.applied_clicks))
        await asyncio.sleep(0.01)
    await running

    done = await Correction.get(id=row.id)
    assert (done.examined_clicks, done.changing_clicks, done.applied_clicks) == (MANY, MANY, MANY)
    assert {examined for examined, _ in seen} & set(range(1, MANY))
    assert {applied for _, applied in seen} & set(range(1, MANY))
    assert (await read_totals(pool, account_id))["counted_clicks"] == 0
    await undo(pool, done)
    assert await read_everything(pool) == everything
