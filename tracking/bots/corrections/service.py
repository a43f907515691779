"""Use cases of corrections, but for the work itself, which is `running`'s. Each owns its transaction."""

import datetime as dt
from typing import Any, Final, NamedTuple

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.bots.corrections.models import Correction, CorrectionChange, CorrectionKind, CorrectionStatus
from tracking.bots.corrections.rules import (
    MAX_NOTE_CHARS,
    WantedClicks,
    check_networks,
    check_period,
    check_restricted,
    check_ruleset,
    check_texts,
    describe_filter,
    encode_wanted,
)
from tracking.bots.rulesets import CURRENT_RULESET
from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import ClickFilter, settle_filter
from tracking.clicks.ids import lower_bound, read_click_time
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.actors import current_actor
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once
from tracking.text import check_text

# By the clock that policies are set by, so that what was set before is in force.
_READ_NOW: Final = """
    SELECT clock_timestamp() AS now, (SELECT id FROM click WHERE account_id = $1 ORDER BY id LIMIT 1) AS oldest_id
"""


class WantedRescore(NamedTuple):
    start: dt.datetime
    end: dt.datetime
    ruleset: int = CURRENT_RULESET
    is_dry_run: bool = False


class WantedReclassification(NamedTuple):
    """`filter` as somebody wrote it: not settled. Networks are CIDR; None is any."""

    filter: ClickFilter
    verdict: Verdict
    networks: tuple[str, ...] | None = None
    note: str = ""
    is_dry_run: bool = False


async def request_rescore(
    pool: asyncpg.Pool, account_id: int, given: WantedRescore, *, idempotency_key: str | None = None
) -> Correction:
    """Judge the clicks of a time anew by a ruleset and today's policy. Raises InvalidInputError."""
    period = check_period(given.start, given.end)
    row = Correction(
        kind=CorrectionKind.RESCORE,
        is_dry_run=given.is_dry_run,
        wanted=encode_wanted(WantedClicks(ClickFilter(occurred_from=period.start, occurred_to=period.end))),
        ruleset=check_ruleset(given.ruleset),
    )
    said = {"range": [period.start, period.end], "ruleset": row.ruleset}
    return await _request(pool, account_id, _Request("rescoreClicks", idempotency_key, given, row, said))


async def request_reclassification(
    pool: asyncpg.Pool, account_id: int, given: WantedReclassification, *, idempotency_key: str | None = None
) -> Correction:
    """Set a person's verdict on clicks, over whatever the rules find. Raises InvalidInputError."""
    networks = None if given.networks is None else check_networks(given.networks)
    check_restricted(WantedClicks(check_texts(given.filter), networks))
    settled = await settle_filter(pool, account_id, given.filter)
    row = Correction(
        kind=CorrectionKind.RECLASSIFY,
        is_dry_run=given.is_dry_run,
        wanted=encode_wanted(WantedClicks(settled, networks)),
        verdict=given.verdict,
        note=check_text(given.note, "note", max_chars=MAX_NOTE_CHARS, is_optional=True),
    )
    said = {
        "filter": describe_filter(given.filter),
        "networks": networks,
        "verdict": given.verdict.name,
        "note": row.note,
    }
    return await _request(pool, account_id, _Request("reclassifyClicks", idempotency_key, given, row, said))


async def undo_reclassification(account_id: int, correction_id: int) -> Correction:
    """Take a person's verdict back, once and for all. Raises NotFoundError or InvalidInputError."""
    async with in_transaction() as connection:
        mine = Correction.filter(id=correction_id, account_id=account_id).using_db(connection)
        undone = await mine.select_for_update().first()
        if undone is None:
            raise NotFoundError("no such correction", ("id",))
        _check_undoable(undone)
        known = await Correction.filter(undoes_id=undone.id).using_db(connection).first()
        if known is not None:
            return await _try_again(connection, known)
        row = Correction(
            kind=CorrectionKind.UNDO,
            is_dry_run=False,
            wanted=undone.wanted,
            undoes_id=undone.id,
            until_click_id=undone.until_click_id,
            stored_since=undone.stored_since,
        )
        await _write(connection, account_id, row)
        noted = Noted("Correction", undone.id, "UNDONE", before={}, after={"undoneBy": row.id})
        await record_history(connection, account_id, [noted])
        return row


class _Request(NamedTuple):
    operation: str
    idempotency_key: str | None
    given: object
    row: Correction
    said: dict[str, Any]  # for the history


async def _request(pool: asyncpg.Pool, account_id: int, request: _Request) -> Correction:
    now, oldest_id = await pool.fetchrow(_READ_NOW, account_id)

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        row = request.row
        row.requested_at = now
        row.until_click_id = lower_bound(row.requested_at)
        row.stored_since = None if oldest_id is None else read_click_time(oldest_id)
        await _write(connection, account_id, row)
        after = {"kind": row.kind.value, "isDryRun": row.is_dry_run, **request.said}
        await record_history(connection, account_id, [Noted("Correction", row.id, "REQUESTED", after=after)])
        return [row.id]

    [row_id] = await run_once(account_id, request.operation, request.idempotency_key, request.given, work)
    return await Correction.get(id=row_id)


async def _write(connection: BaseDBAsyncClient, account_id: int, row: Correction) -> None:
    actor = current_actor()
    row.account_id, row.actor_kind, row.actor_id = account_id, actor.kind.value, actor.id
    await row.save(using_db=connection)


async def _try_again(connection: BaseDBAsyncClient, undo: Correction) -> Correction:
    """One that failed goes over the same clicks from the beginning."""
    if undo.status is CorrectionStatus.FAILED:
        undo.status, undo.failure, undo.finished_at = CorrectionStatus.COMPARING, None, None
        undo.compared_to = undo.applied_to = None
        undo.examined_clicks = undo.changing_clicks = undo.applied_clicks = 0
        await undo.save(using_db=connection)
        await CorrectionChange.filter(correction_id=undo.id).using_db(connection).delete()
    return undo


def _check_undoable(row: Correction) -> None:
    if row.kind is not CorrectionKind.RECLASSIFY:
        raise InvalidInputError("only a reclassification can be undone: score clicks anew instead", ("id",))
    if row.is_dry_run:
        raise InvalidInputError("a dry run changes nothing, so there is nothing to undo", ("id",))
