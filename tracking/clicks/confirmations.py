"""Who continued past the page that asked to: kept beside the clicks, and brought to the clicks they confirm (TR26).

A click and its confirmation come by themselves, in either order, and perhaps to two workers at once. Each worker
commits what it was handed and only then looks for the other half, so that of two who come together at least one finds
both. It acknowledges after that look: whoever dies before it is followed by somebody who is handed the same, and looks.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.bots.verdicts import Reason
from tracking.clicks.event import CONFIRMABLE_MS, ClickEvent, Confirmation, Fact
from tracking.clicks.ids import read_click_ms
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.store import EARLY_LIMIT_MS, FROM_THE_FUTURE, LATE_LIMIT_MS, TOO_LATE
from tracking.clock import now_ms, read_ms
from tracking.database import list_columns

_ASKED: Final = int(Fact.CONFIRMATION_ASKED)
_AT_ONCE: Final = 1_000

_INSERT: Final = """
    INSERT INTO click_confirmation (click_id, link_id, account_id, confirmed_at)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[])
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING
"""
# A page is a link's: what was continued on another link's page confirms nothing. The ids are named on both sides, so
# that both are read by index, whatever the planner believes of tables that nobody has analysed yet.
_FIND: Final = """
    SELECT click.account_id, array_agg(click.id) AS ids
    FROM click_confirmation AS given JOIN click ON click.id = given.click_id AND click.link_id = given.link_id
    WHERE given.click_id = ANY ($1) AND click.id = ANY ($1) AND click.facts & $2 <> 0 AND click.evidence & $3 = 0
    GROUP BY click.account_id ORDER BY click.account_id
"""


class RejectedConfirmation(NamedTuple):
    confirmation: Confirmation
    reason: str


class StoredConfirmations(NamedTuple):
    """How many clicks are judged otherwise by them, and those that can never be stored."""

    confirmed: int
    rejected: list[RejectedConfirmation]


async def store_confirmations(pool: asyncpg.Pool, confirmations: Iterable[Confirmation]) -> StoredConfirmations:
    """Keep them and confirm the clicks that are stored. Doing it again adds nothing."""
    now = now_ms()
    sound: list[Confirmation] = []
    rejected: list[RejectedConfirmation] = []
    for each in confirmations:
        reason = _find_fault(each, now)
        if reason is None:
            sound.append(each)
        else:
            rejected.append(RejectedConfirmation(each, reason))
    if not sound:
        return StoredConfirmations(0, rejected)
    rows = [(UUID(bytes=each.click_id), each.link_id, each.account_id, _read_moment(each)) for each in sound]
    await pool.execute(_INSERT, *list_columns(rows))
    return StoredConfirmations(await _confirm(pool, [click_id for click_id, *_ in rows]), rejected)


async def confirm_stored(pool: asyncpg.Pool, events: Iterable[ClickEvent]) -> int:
    """For clicks that are stored by now: those whose confirmation came before them. Costs all others nothing."""
    asked = [UUID(bytes=event.click_id) for event in events if event.facts & _ASKED]
    return await _confirm(pool, asked) if asked else 0


async def _confirm(pool: asyncpg.Pool, click_ids: Sequence[UUID]) -> int:
    """Only clicks that were answered with the page: nobody was asked about any other."""
    confirmed = 0
    for row in await pool.fetch(_FIND, click_ids, _ASKED, int(Reason.CONFIRMED)):
        for start in range(0, len(row["ids"]), _AT_ONCE):
            some = row["ids"][start : start + _AT_ONCE]
            learned = dict.fromkeys(some, Learned(evidence=int(Reason.CONFIRMED)))
            confirmed += len(await relabel_clicks(pool, row["account_id"], learned, Cause.CONFIRMATION))
    return confirmed


def _find_fault(confirmation: Confirmation, now: int) -> str | None:
    """The horizon of clicks holds for the moment of continuing; and it comes after its click, and not days after."""
    at_ms = confirmation.confirmed_at_ms
    waited_ms = at_ms - read_click_ms(confirmation.click_id)
    if at_ms < now - LATE_LIMIT_MS or waited_ms > CONFIRMABLE_MS:
        return TOO_LATE
    if at_ms > now + EARLY_LIMIT_MS or waited_ms < -EARLY_LIMIT_MS:
        return FROM_THE_FUTURE
    return None


def _read_moment(confirmation: Confirmation) -> dt.datetime:
    return read_ms(confirmation.confirmed_at_ms)
