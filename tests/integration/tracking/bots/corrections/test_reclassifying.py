"""A person's verdict: shown first, set, kept through later scoring, and taken back with one call."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.clicking import HOUR_MS, make_account, make_event, read_tables, read_totals, store
from tests.corrections import (
    find_difference,
    read_changes,
    read_counts,
    read_everything,
    reclassify,
    rescore,
    run,
    undo,
)
from tracking.bots.corrections.models import Correction, CorrectionKind, CorrectionStatus
from tracking.bots.corrections.service import WantedReclassification, request_reclassification, undo_reclassification
from tracking.bots.verdicts import Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.filters import ClickFilter
from tracking.clock import now_ms, utc_now
from tracking.errors import InvalidInputError, NotFoundError
from tracking.reports.audit import audit

pytestmark = [pytest.mark.feature("TR25", "TR27", "R4", "R6"), pytest.mark.usefixtures("orm")]

NOON_MS = int(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC).timestamp() * 1000)


async def store_day(pool: asyncpg.Pool, account_id: int) -> None:
    """Three visitors of one link, who come twice each, and one of another."""
    events = [
        make_event(account_id, at_ms=NOON_MS + 60_000 * place, visitor=1 + place % 3, client_ip=f"198.51.{place % 2}.9")
        for place in range(6)
    ]
    other = make_event(account_id, at_ms=NOON_MS, link_id=8, campaign_id=None, creator_id=4, visitor=9)
    await store(pool, *events, other, backfill=True)


async def test_clicks_that_a_person_calls_a_programs_leave_the_counts(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)

    done = await reclassify(pool, account_id, Verdict.BOT, link_ids=[7])

    totals = await read_totals(pool, account_id)
    assert {name: count for name, count in totals.items() if count} == {
        "human_clicks": 1,
        "bot_clicks": 6,
        "counted_clicks": 1,
        "unique_clicks": 1,
        "unique_by_hash": 1,
    }
    assert (done.kind, done.status, done.failure) == (CorrectionKind.RECLASSIFY, CorrectionStatus.APPLIED, None)
    assert (done.examined_clicks, done.changing_clicks, done.applied_clicks) == (6, 6, 6)
    assert done.finished_at is not None
    assert (await audit(pool)).differences == []


async def test_what_is_shown_is_what_is_done(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    counts, everything = await read_counts(pool, account_id), await read_everything(pool)
    at = dt.datetime.fromtimestamp((NOON_MS + 90_000) / 1000, dt.UTC)

    shown = await reclassify(pool, account_id, Verdict.BOT, occurred_to=at, is_dry_run=True)
    untouched = await read_everything(pool)
    await reclassify(pool, account_id, Verdict.BOT, occurred_to=at)

    assert untouched == everything
    assert (shown.status, shown.changing_clicks, shown.applied_clicks) == (CorrectionStatus.COMPARED, 3, 0)
    changes = await read_changes(shown)
    assert changes == find_difference(counts, await read_counts(pool, account_id))
    assert changes[2, 3]["human_clicks"] == [6, -2]
    assert changes[2, 3]["unique_clicks"] == [3, 0]  # those who came first came again
    assert changes[0, 4]["unique_clicks"] == [1, -1]
    assert await pool.fetchval("SELECT count(*) FROM correction_click") == 0


async def test_one_call_restores_every_table(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    everything = await read_everything(pool)
    done = await reclassify(pool, account_id, Verdict.BOT, campaign_ids=[2])
    assert await read_everything(pool) != everything

    undone = await undo(pool, done)

    assert await read_everything(pool) == everything
    assert (undone.kind, undone.status, undone.undoes_id) == (CorrectionKind.UNDO, CorrectionStatus.APPLIED, done.id)
    assert (await read_changes(undone))[2, 3]["human_clicks"] == [0, 6]
    assert (await audit(pool)).differences == []


async def test_to_undo_twice_is_to_undo_once(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    done = await reclassify(pool, account_id, Verdict.BOT, campaign_ids=[2])

    first, second = await undo(pool, done), await undo(pool, done)

    assert first.id == second.id
    assert await Correction.filter(kind=CorrectionKind.UNDO).count() == 1


async def test_a_persons_verdict_stands_when_clicks_are_scored_anew(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    await reclassify(pool, account_id, Verdict.BOT, link_ids=[7])
    tables = (await read_tables(pool))["rollups"]

    done = await rescore(pool, account_id)

    assert done.changing_clicks == 0
    assert (await read_tables(pool))["rollups"] == tables
    assert await pool.fetchval("SELECT count(*) FROM click WHERE manual_verdict = 2") == 6


async def test_undone_after_a_new_score_clicks_have_the_new_score(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    marked = await reclassify(pool, account_id, Verdict.BOT, link_ids=[7])
    await rescore(pool, account_id, ruleset=1)

    await undo(pool, marked)

    rows = await pool.fetch("SELECT DISTINCT verdict, ruleset, manual_verdict FROM click")
    assert [tuple(row) for row in rows] == [(Verdict.HUMAN, 1, None)]
    assert (await audit(pool)).differences == []


async def test_the_newest_verdict_stands_and_the_one_before_comes_back(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    await reclassify(pool, account_id, Verdict.BOT, link_ids=[7])
    after_first = await read_everything(pool)
    second = await reclassify(pool, account_id, Verdict.SUSPECT, link_ids=[7])
    suspects = await read_totals(pool, account_id)

    await undo(pool, second)

    assert (suspects["suspect_clicks"], suspects["bot_clicks"], suspects["counted_clicks"]) == (6, 0, 7)
    assert await read_everything(pool) == after_first


async def test_an_older_verdict_that_is_undone_leaves_the_newer_one(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    first = await reclassify(pool, account_id, Verdict.BOT, link_ids=[7])
    await reclassify(pool, account_id, Verdict.SUSPECT, link_ids=[7])
    everything = await read_everything(pool)

    undone = await undo(pool, first)

    assert undone.changing_clicks == 0
    assert await read_everything(pool) == everything


async def test_the_same_clicks_asked_for_twice_change_once(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    await reclassify(pool, account_id, Verdict.BOT, link_ids=[7])
    everything = await read_everything(pool)

    again = await reclassify(pool, account_id, Verdict.BOT, link_ids=[7])

    assert (again.examined_clicks, again.changing_clicks) == (6, 0)
    assert await read_changes(again) == {}
    assert await read_everything(pool) == everything


async def test_clicks_that_come_later_are_not_meant(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    given = WantedReclassification(ClickFilter(link_ids=[7]), Verdict.BOT)
    row = await request_reclassification(pool, account_id, given)
    await store(pool, make_event(account_id, visitor=20, at_ms=now_ms() + 1_000))

    done = await run(pool, row)

    assert done.examined_clicks == 6
    assert (await read_totals(pool, account_id))["human_clicks"] == 2


async def test_a_contacts_unique_goes_to_another_link_of_its_message(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    of_contact: dict[str, Any] = {"message_id": 5, "contact_id": 6, "visitor_method": VisitorMethod.CONTACT}
    first = make_event(account_id, at_ms=NOON_MS, link_id=11, slot=1, creator_id=3, visitor=6, **of_contact)
    second = make_event(account_id, at_ms=NOON_MS + HOUR_MS, link_id=12, slot=2, creator_id=4, visitor=6, **of_contact)
    await store(pool, first, second, backfill=True)

    done = await reclassify(pool, account_id, Verdict.BOT, link_ids=[11])

    changes = await read_changes(done)
    assert changes[2, 3]["unique_by_contact"] == [1, -1]
    assert changes[2, 4]["unique_by_contact"] == [0, 1]
    assert await pool.fetchval("SELECT click_id FROM unique_click") == UUID(bytes=second.click_id)


@pytest.mark.feature("R10")
async def test_networks_and_likeness_say_which_clicks_are_meant(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store_day(pool, account_id)
    like = await pool.fetchval("SELECT id FROM click WHERE network = $1 ORDER BY id", bytes([198, 51, 1]))

    by_click = await reclassify(pool, account_id, Verdict.BOT, same_network_as=[like], is_dry_run=True)
    narrow, wide, none = [
        await run(
            pool,
            await request_reclassification(
                pool, account_id, WantedReclassification(ClickFilter(), Verdict.BOT, networks=networks, is_dry_run=True)
            ),
        )
        for networks in (("198.51.1.0/24",), ("198.51.0.0/16", "2001:db8::/32"), ())
    ]

    assert (by_click.examined_clicks, narrow.examined_clicks, wide.examined_clicks) == (3, 3, 6)
    assert none.examined_clicks == 0
    assert {"198.51.1", "c63301", "xjMB"} & set(by_click.wanted.split('"')) == {"xjMB"}  # the network as it is stored


@pytest.mark.feature("R11")
async def test_what_another_account_has_is_neither_meant_nor_undone(pool: asyncpg.Pool) -> None:
    mine, theirs = await make_account(pool), await make_account(pool, slug="other")
    await store_day(pool, theirs)
    like = await pool.fetchval("SELECT id FROM click LIMIT 1")
    everything = await read_everything(pool)
    marked = await reclassify(pool, theirs, Verdict.BOT, link_ids=[7], is_dry_run=True)

    by_link = await reclassify(pool, mine, Verdict.BOT, link_ids=[7])
    by_likeness = await reclassify(pool, mine, Verdict.BOT, same_network_as=[like])
    with pytest.raises(NotFoundError, match="no such correction"):
        await undo_reclassification(mine, marked.id)

    assert (by_link.status, by_link.examined_clicks) == (CorrectionStatus.APPLIED, 0)
    assert (by_likeness.status, by_likeness.examined_clicks) == (CorrectionStatus.APPLIED, 0)
    assert by_link.stored_since is None
    assert marked.stored_since is not None
    assert await read_everything(pool) == everything


class TestRefusals:
    async def test_what_was_never_meant_is_refused(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        for given, message in (
            (WantedReclassification(ClickFilter(), Verdict.BOT), "say which clicks"),
            (
                WantedReclassification(ClickFilter(), Verdict.BOT, networks=("nonsense",)),
                "is no network: give one such as",
            ),
            (WantedReclassification(ClickFilter(), Verdict.BOT, networks=("1.2.3.4",)), r"give 1\.2\.3\.0/24"),
            (WantedReclassification(ClickFilter(link_ids=[1]), Verdict.BOT, note="x" * 501), "at most 500"),
        ):
            with pytest.raises(InvalidInputError, match=message):
                await request_reclassification(pool, account_id, given)
        assert await Correction.all().count() == 0

    async def test_only_what_changed_something_by_a_persons_verdict_can_be_undone(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        dry = await reclassify(pool, account_id, Verdict.BOT, link_ids=[7], is_dry_run=True)
        scored = await rescore(pool, account_id)

        with pytest.raises(InvalidInputError, match="a dry run changes nothing"):
            await undo_reclassification(account_id, dry.id)
        with pytest.raises(InvalidInputError, match="only a reclassification can be undone"):
            await undo_reclassification(account_id, scored.id)

        assert await Correction.filter(kind=CorrectionKind.UNDO).count() == 0


async def test_a_repeat_with_its_key_answers_with_the_same_correction(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    given = WantedReclassification(ClickFilter(link_ids=[7], occurred_from=utc_now()), Verdict.BOT)

    first = await request_reclassification(pool, account_id, given, idempotency_key="k")
    second = await request_reclassification(pool, account_id, given, idempotency_key="k")

    assert first.id == second.id
    assert await Correction.all().count() == 1
